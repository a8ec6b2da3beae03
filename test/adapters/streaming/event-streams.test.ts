import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { createEventStreams } from '../../../src/adapters/streaming/event-streams.ts';
import type { Standing } from '../../../src/adapters/streaming/reader.ts';
import { createCursorCodec } from '../../../src/kernel/crypto/cursor.ts';
import type { EventStreams, StreamRequest } from '../../../src/kernel/event-streams.ts';
import type { EventLog } from '../../../src/kernel/log.ts';
import { systemPrincipal } from '../../../src/kernel/principal.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { Bell } from '../../support/delivering.ts';
import { write } from '../../support/events.ts';
import { sharedStores } from '../../support/stores.ts';

describe('event streams', function () {
  this.timeout(60_000);
  const tenant = randomUUID();
  const place = { tenant, subscriptionId: randomUUID() };
  const cursors = createCursorCodec(randomBytes(32));
  let log: EventLog;
  let standing: Standing;
  let streams: EventStreams & { stop(): Promise<void> };

  before(async () => {
    log = connectEventLog((await sharedStores().eventNode()).url);
  });
  after(() => log.close());
  beforeEach(() => {
    standing = 'good';
    const clock = { now: Date.now };
    streams = createEventStreams({ log, cursors, clock, telemetry: silent, heartbeatMs: 50, standing: () => standing });
  });
  afterEach(() => streams.stop());

  const ring = (count: number) =>
    write(log, Bell, [Bell.events.Rung({ count, secret: '' })], { tenant, id: place.subscriptionId });

  async function request(): Promise<StreamRequest> {
    return {
      ...place,
      principal: systemPrincipal(tenant, 'test'),
      permission: 'audit.stream.read',
      after: await streams.head(),
      render: ({ data, stream }) => (stream.includes(tenant) ? { data: JSON.stringify(data['count']) } : undefined),
    };
  }

  /** Reads on until a part matches; what came in all. */
  async function readTo(source: AsyncIterator<Uint8Array>, pattern: RegExp): Promise<string> {
    let text = '';
    while (!pattern.test(text)) {
      const part = await source.next();
      if (part.done === true) return `${text}[end]`;
      text += Buffer.from(part.value).toString();
    }
    return text;
  }

  it('say that they are alive, and where they stand, while nothing happens', async () => {
    const source = streams.open(await request())[Symbol.asyncIterator]();
    expect(await readTo(source, /open/)).to.equal('retry: 3000\n: open\n\n');
    const [, id = ''] = /^id: (\S+)\n: still here\n\n/.exec(await readTo(source, /still here\n\n/)) ?? [];
    expect(streams.positionOf(place, id)).to.be.a('bigint');
    expect(streams.positionOf({ ...place, tenant: randomUUID() }, id)).to.equal(undefined);
    expect(streams.positionOf({ ...place, subscriptionId: randomUUID() }, id)).to.equal(undefined);
    await source.return?.();
  });

  it('hold everything back while the credential cannot be told, and end when it is over', async () => {
    const source = streams.open(await request())[Symbol.asyncIterator]();
    await readTo(source, /open/);
    standing = 'unknown';
    await ring(1);
    expect(await readTo(source, /(?:still here[\s\S]*){3}/)).not.to.include('data');
    standing = 'good';
    expect(await readTo(source, /data: \d\n\n/)).to.include('data: 1');
    standing = 'over';
    await ring(2);
    const rest = await readTo(source, /\[end\]/);
    expect(rest)
      .to.match(/event: closed\ndata: \{"reason":"revoked".*\}\n\n\[end\]$/)
      .and.not.include('data: 2');
  });

  it('are left at once, and counted while they are open', async () => {
    const source = streams.open(await request())[Symbol.asyncIterator]();
    await readTo(source, /open/);
    expect(streams.metrics(tenant).activeConnections).to.equal(1);
    await ring(3);
    await readTo(source, /data: 3\n\n/);
    const waiting = source.next();
    await source.return?.();
    await waiting;
    const { activeConnections, subscriptions, totalEvents } = streams.metrics(tenant);
    expect([activeConnections, totalEvents, subscriptions[0]?.events]).to.deep.equal([0, 1, 1]);
  });

  it('read the same for any number of readers, each from its own place', async () => {
    const first = await request();
    for (let count = 10; count < 40; count++) await ring(count);
    const second = await request();
    await ring(40);
    const all = Array.from({ length: 5 }, () => streams.open(first)[Symbol.asyncIterator]());
    const expected = Array.from({ length: 31 }, (_, index) => `data: ${index + 10}`);
    for (const source of all) {
      const text = await readTo(source, /data: 40\n\n/);
      expect(text.match(/data: \d+/g)).to.deep.equal(expected);
      await source.return?.();
    }
    const late = streams.open(second)[Symbol.asyncIterator]();
    expect((await readTo(late, /data: 40\n\n/)).match(/data: \d+/g)).to.deep.equal(['data: 40']);
    await late.return?.();
  });
});
