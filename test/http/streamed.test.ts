import { createHash } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { LogEvent } from '../../src/kernel/log.ts';
import { made } from './notes.ts';
import { anyone, ask, type Surface, startSurface } from './surface.ts';

const part = 65_536;
let streams = 0;
const freshStream = (): string => `s${Date.now()}-${process.pid}-${streams++}`;

describe('a streamed answer', () => {
  let surface: Surface;
  before(async () => {
    surface = await startSurface();
  });
  after(() => surface.close());

  async function concluded(id: string): Promise<readonly LogEvent[]> {
    const events: LogEvent[] = [];
    for await (const event of surface.log.readStream(`test.Note-acme.${id}`)) events.push(event);
    return events;
  }

  const path = (id: string, count: number, breaksAt = -1): string =>
    `/api/audit/notes-stream?noteId=${id}&count=${count}&breaksAt=${breaksAt}`;

  function open(id: string, count: number): Promise<IncomingMessage> {
    const headers = { authorization: `Bearer ${anyone}` };
    return new Promise((resolve, reject) => {
      get(surface.server.url + path(id, count), { headers, agent: false }, resolve).once('error', reject);
    });
  }

  it('is whole, says where it is described, and its sum is on the log before its end', async () => {
    const id = freshStream();
    const { headers, status } = await ask(surface.server.url, `GET ${path(id, 3)}`);
    expect(status).to.equal(200);
    expect(headers['x-log-position']).to.match(/^\d+$/);
    expect(headers['link']).to.equal(`</api/audit/notes/${id}>; rel="describedby"`);
    const whole = Buffer.concat([Buffer.alloc(part, 0), Buffer.alloc(part, 1), Buffer.alloc(part, 2)]);
    const [event, ...more] = await concluded(id);
    expect(more).to.deep.equal([]);
    expect(event?.data).to.deep.equal({
      text: `${whole.length} ${createHash('sha256').update(whole).digest('hex')}`,
    });
    expect(event?.metadata).to.deep.include({ operation: 'test.streamNotes', tenant: 'acme' });
  });

  it('may be empty, and concludes all the same', async () => {
    const id = freshStream();
    const { status, text } = await ask(surface.server.url, `GET ${path(id, 0)}`);
    expect([status, text]).to.deep.equal([200, '']);
    expect(await concluded(id)).to.have.length(1);
  });

  it('is made no faster than it is taken', async () => {
    const id = freshStream();
    const count = 2_000;
    const response = await open(id, count);
    await sleep(200);
    const ahead = made.get(id)?.parts ?? 0;
    expect(ahead).to.be.lessThan(count / 2);
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    expect(bytes).to.equal(count * part);
  });

  it('lets go of its maker when the receiver leaves, and concludes nothing', async () => {
    const id = freshStream();
    const response = await open(id, 2_000);
    response.destroy();
    while (made.get(id)?.ended !== true) await sleep(10);
    expect(await concluded(id)).to.deep.equal([]);
  });

  it('that fails at once is a failure; one that fails later is cut off', async () => {
    const [early, late] = [freshStream(), freshStream()];
    const { body, status } = await ask(surface.server.url, `GET ${path(early, 3, 0)}`);
    expect([status, body['statusCode']]).to.deep.equal([503, 503]);
    const cut = await ask(surface.server.url, `GET ${path(late, 40, 30)}`).catch((error: Error) => error);
    expect(cut).to.be.instanceOf(Error);
    expect([...(await concluded(early)), ...(await concluded(late))]).to.deep.equal([]);
  });

  it('has headers alone for HEAD', async () => {
    const id = freshStream();
    const { headers, status, text } = await ask(surface.server.url, `HEAD ${path(id, 3)}`);
    expect([status, text]).to.deep.equal([200, '']);
    expect(headers['content-type']).to.equal('application/octet-stream');
    while (made.get(id)?.ended !== true) await sleep(10);
    expect(await concluded(id)).to.deep.equal([]);
  });
});
