import { EventStoreDBClient } from '@eventstore/db-client';
import { expect } from 'chai';
import { v4 as uuid } from 'uuid';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { type EventLog, LogUnavailable, type NewEvent, WrongRevision } from '../../../src/kernel/log.ts';
import { sharedStores } from '../../support/stores.ts';

const event = (type: string, data: Record<string, unknown> = {}): NewEvent => ({
  id: uuid(),
  type,
  data,
  metadata: { by: 'test' },
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('the event log', () => {
  let log: EventLog;
  before(async function () {
    this.timeout(30_000);
    log = connectEventLog((await sharedStores().eventNode()).url);
  });
  after(() => log.close());

  it('gives back what was appended, in order, with its place', async () => {
    const stream = `test.Thing-acme.${uuid()}`;
    const events = [event('test.Thing.Made', { n: 1 }), event('test.Thing.Moved', { n: 2 })];
    const appended = await log.append(stream, events, 'none');
    const read = await all(log.readStream(stream));
    expect(read.map(({ id, data, metadata, revision }) => ({ id, data, metadata, revision }))).to.deep.equal(
      events.map(({ id, data, metadata }, revision) => ({ id, data, metadata, revision })),
    );
    expect(appended).to.deep.equal({ revision: 1, position: read[1]?.position });
    expect(await all(log.readStream(stream, { from: 1, max: 5 }))).to.have.length(1);
  });

  it('gives nothing for a stream that is not there', async () => {
    expect(await all(log.readStream(`test.Thing-acme.${uuid()}`))).to.deep.equal([]);
  });

  it('refuses a wrong revision, and takes the same events twice as one write', async () => {
    const stream = `test.Thing-acme.${uuid()}`;
    const events = [event('test.Thing.Made')];
    const first = await log.append(stream, events, 'none');
    const again = await log.append(stream, events, 'none');
    expect(again).to.deep.equal(first);
    const refusal = await log.append(stream, [event('test.Thing.Made')], 'none').catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(WrongRevision);
  });

  it('refuses a stream that was deleted for good', async () => {
    const { url } = await sharedStores().eventNode();
    const client = EventStoreDBClient.connectionString(url);
    const stream = `test.Thing-acme.${uuid()}`;
    await log.append(stream, [event('test.Thing.Made')], 'none');
    await client.tombstoneStream(stream);
    await client.dispose();
    const refusal = await log.append(stream, [event('test.Thing.Made')], 'any').catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(WrongRevision);
  });

  it('takes appends up to the largest that the server takes, and no larger one', async () => {
    const stream = `test.Thing-acme.${uuid()}`;
    // Together a little less than a mebibyte, and as one message a little more.
    const events = Array.from({ length: 20 }, () => event('test.Thing.Made', { note: 'x'.repeat(52_350) }));
    expect(await log.append(stream, events, 'none')).to.include({ revision: 19 });
    const huge = event('test.Thing.Made', { note: 'x'.repeat(1_100_000) });
    const refusal = await log.append(stream, [huge], 19).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(Error).and.not.instanceOf(LogUnavailable);
    expect(await log.append(stream, [event('test.Thing.Made')], 19)).to.include({ revision: 20 });
  });

  it('takes many appends at once, each in its place', async () => {
    const streams = Array.from({ length: 100 }, () => `test.Thing-acme.${uuid()}`);
    const appended = await Promise.all(streams.map((stream) => log.append(stream, [event('test.Thing.Made')], 'none')));
    expect(new Set(appended.map(({ position }) => position)).size).to.equal(100);
    for (const [n, stream] of streams.entries())
      expect((await all(log.readStream(stream))).map(({ position }) => position)).to.deep.equal([
        appended[n]?.position,
      ]);
  });

  it('pages all events by type, and says when it has caught up', async () => {
    const type = `test${uuid().slice(0, 8)}.Thing.`;
    const after = await log.head();
    const streams = [1, 2, 3, 4, 5].map((n) => `test.Thing-acme.${uuid()}${n}`);
    for (const stream of streams) await log.append(stream, [event(`${type}Made`), event('other.Thing.Made')], 'none');
    const first = await log.readAll({ after, max: 3, typePrefixes: [type] });
    expect(first.events).to.have.length(3);
    expect(first.caughtUp).to.equal(false);
    const second = await log.readAll({ after: first.next, max: 3, typePrefixes: [type] });
    expect(second.caughtUp).to.equal(true);
    expect([...first.events, ...second.events].map(({ stream }) => stream)).to.deep.equal(streams);
    const rest = await log.readAll({ after: second.next, max: 3, typePrefixes: [type] });
    expect(rest.events).to.deep.equal([]);
    const everything = await log.readAll({ after, max: 100 });
    expect(everything.events).to.have.length(10);
  });

  it('takes the start of a stream from its readers, never less, and goes on behind it', async () => {
    const stream = `test.Thing-acme.${uuid()}`;
    await log.append(
      stream,
      [1, 2, 3].map((n) => event('test.Thing.Made', { n })),
      'none',
    );
    await log.truncate(stream, 2);
    await log.truncate(stream, 1);
    expect((await all(log.readStream(stream))).map(({ revision }) => revision)).to.deep.equal([2]);
    await log.truncate(stream, 3);
    expect(await all(log.readStream(stream))).to.deep.equal([]);
    expect((await log.append(stream, [event('test.Thing.Made')], 'any')).revision).to.equal(3);
    expect((await all(log.readStream(stream))).map(({ revision }) => revision)).to.deep.equal([3]);
  });

  it('wakes a reader that waits', async () => {
    const head = await log.head();
    const stop = new AbortController();
    const waited = log.waitBeyond(head, stop.signal);
    const { position } = await log.append(`test.Thing-acme.${uuid()}`, [event('test.Thing.Made')], 'any');
    await waited;
    expect(await log.head()).to.equal(position);
  });
});

describe('the event log while its server is away', () => {
  it('says so, and goes on by itself when the server is back', async function () {
    this.timeout(60_000);
    const stores = sharedStores();
    const node = await stores.freshEventNode();
    const log = connectEventLog(node.url);
    const stream = `test.Thing-acme.${uuid()}`;
    await log.append(stream, [event('test.Thing.Made')], 'none');
    await node.stop();
    const refusal = await log.append(stream, [event('test.Thing.Moved')], 0).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(LogUnavailable);
    expect(await all(log.readStream(stream)).catch((error: unknown) => error)).to.be.instanceOf(LogUnavailable);
    const back = await stores.freshEventNode(node.dir, node.port);
    const appended = await log.append(stream, [event('test.Thing.Moved')], 0);
    expect(appended.revision).to.equal(1);
    await log.close();
    await back.stop();
  });
});
