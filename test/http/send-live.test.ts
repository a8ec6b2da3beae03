import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { sendLive } from '../../src/http/send-live.ts';
import { readStream } from '../support/sse.ts';

const farewell = Buffer.from('event: dropped\ndata: {"reason":"slow"}\n\n');

describe('live answers', function () {
  this.timeout(30_000);
  let server: Server;
  let url: string;
  let made = 0;
  let returned: () => void;
  let content: () => AsyncGenerator<Uint8Array>;
  let sent: Promise<void>;
  const left = (): Promise<void> => new Promise((resolve) => (returned = resolve));

  before(async () => {
    server = createServer((_request, response) => {
      sent = sendLive(response, 'text/event-stream', content(), { stallMs: 200, farewell });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    made = 0;
  });

  async function* endless(bytes: number): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        made++;
        yield Buffer.from(`data: "${'x'.repeat(bytes)}"\n\n`);
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      returned();
    }
  }

  it('let go of a receiver that takes nothing, and tell it why', async () => {
    content = () => endless(65_536);
    const gone = left();
    const client = await readStream(url);
    client.pause();
    await gone;
    const before = made;
    client.resume();
    await client.ended;
    expect(client.events.at(-1)).to.include({ event: 'dropped' });
    expect(client.events.at(-1)?.data).to.deep.equal({ reason: 'slow' });
    expect(made).to.equal(before);
    await sent;
  });

  it('ask for no more than the receiver takes', async () => {
    content = () => endless(65_536);
    const gone = left();
    const client = await readStream(url);
    client.pause();
    await gone;
    // What the operating system's buffers hold, not what could have been made meanwhile.
    expect(made).to.be.lessThan(500);
    client.leave();
  });

  it('end their content when the receiver leaves', async () => {
    content = () => endless(10);
    const gone = left();
    const client = await readStream(url);
    await client.count(3);
    client.leave();
    await gone;
    await sent;
  });
});
