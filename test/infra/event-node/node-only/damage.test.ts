import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { expect } from 'chai';
import { EventStore } from '../../../../infra/event-node/storage/event-store.ts';
import { indexKey, nameKey, positionKey } from '../../../../infra/event-node/storage/keys.ts';
import { fileLength, setLength } from '../../../../infra/event-node/storage/length.ts';
import { writeStamp } from '../../../../infra/event-node/storage/stamp.ts';
import { verify } from '../../../../infra/event-node/storage/verify.ts';
import { collect, errorOf, numbered, runNode, startNodeProcess, temporaryDirectory } from '../support.ts';

describe('event node: damage beside the events', () => {
  let dir: ReturnType<typeof temporaryDirectory>;
  let data: string;
  beforeEach(() => {
    dir = temporaryDirectory();
    data = join(dir.path, 'data');
  });
  afterEach(() => dir.remove());

  /** Fills two streams, then changes the tables behind the node's back. */
  async function damaged(change: (store: EventStore, numbers: { one: number; two: number }) => void): Promise<void> {
    const node = await startNodeProcess(data);
    const client = EventStoreDBClient.connectionString(node.url);
    for (const stream of ['one', 'two']) await client.appendToStream(stream, numbered(5));
    await client.dispose();
    await node.stop();
    const store = EventStore.open(data);
    const numberOf = (stream: string): number => store.streams.head(stream)?.number ?? 0;
    const numbers = { one: numberOf('one'), two: numberOf('two') };
    store.tables.env.transactionSync(() => {
      change(store, numbers);
      writeStamp(store.tables);
    });
    await store.close();
  }
  async function readOne(): Promise<Error> {
    const node = await startNodeProcess(data);
    const client = EventStoreDBClient.connectionString(node.url);
    const error = await errorOf(collect(client.readStream('one')));
    await client.dispose();
    await node.stop();
    return error;
  }

  for (const [what, change] of [
    [
      'an index entry that leads to another event of the stream',
      ({ tables }: EventStore, { one }: { one: number }) =>
        tables.index.putSync(indexKey(one, 1), tables.index.get(indexKey(one, 2)) as Buffer),
    ],
    [
      'an index entry that leads to another stream',
      ({ tables }: EventStore, { one, two }: { one: number; two: number }) =>
        tables.index.putSync(indexKey(one, 1), tables.index.get(indexKey(two, 1)) as Buffer),
    ],
    [
      'an index entry that leads nowhere',
      ({ tables }: EventStore, { one }: { one: number }) => tables.index.putSync(indexKey(one, 1), positionKey(7)),
    ],
    [
      'an index entry that is lost',
      ({ tables }: EventStore, { one }: { one: number }) => tables.index.removeSync(indexKey(one, 2)),
    ],
    [
      'a name that leads to another stream',
      ({ tables }: EventStore) => tables.streams.putSync(nameKey('one'), tables.streams.get(nameKey('two')) as Buffer),
    ],
  ] as const) {
    it(`is told of, and nothing wrong served: ${what}`, async () => {
      await damaged((store, numbers) => void change(store, numbers));
      expect(await readOne()).to.match(/damaged/);
      expect((await verify(data)).wrongEntries).to.be.greaterThan(0);
      const { status, stdout } = runNode('verify', '--dir', data);
      expect(status).to.equal(3);
      expect(JSON.parse(stdout)).to.have.property('wrongEntries');
    });
  }

  it('refuses writes to the stream it hit, and to no other', async () => {
    await damaged(
      ({ tables }) => void tables.streams.putSync(nameKey('one'), tables.streams.get(nameKey('two')) as Buffer),
    );
    const node = await startNodeProcess(data);
    const client = EventStoreDBClient.connectionString(node.url);
    const writes = ['two', 'one', 'three'].map((stream) => client.appendToStream(stream, numbered(1)));
    const settled = await Promise.allSettled(writes);
    expect(settled.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(await collect(client.readStream('two'))).to.have.length(6);
    await client.dispose();
    expect(await node.stop()).to.equal(0);
  });

  it('is nothing that a whole directory has', async () => {
    await damaged(() => undefined);
    const { status, stdout } = runNode('verify', '--dir', data);
    expect(status).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ events: 10, streams: 2, wrongEntries: 0 });
  });

  it('is not an end of the file that was never written, since nothing is there', async () => {
    await damaged(() => undefined);
    const store = EventStore.open(data);
    const { env, events } = store.tables;
    const path = join(data, 'events.lmdb');
    const isShort = (): boolean => {
      const length = fileLength(path);
      return length !== undefined && length.is < length.shouldBe;
    };
    setLength(path, fileLength(path)?.shouldBe ?? 0);
    for (let tries = 0; tries < 2_000 && !isShort(); tries++) {
      env.transactionSync(() => {
        for (let n = 0; n < 30; n++) events.putSync(positionKey(2 ** 41 + n), Buffer.alloc(300 + 97 * (tries % 50)));
        for (let n = 0; n < 30; n++) events.removeSync(positionKey(2 ** 41 + n));
        writeStamp(store.tables);
      });
    }
    expect(isShort()).to.equal(true);
    await store.close();
    const node = await startNodeProcess(data);
    const client = EventStoreDBClient.connectionString(node.url);
    expect(await collect(client.readStream('one'))).to.have.length(5);
    await client.appendToStream('one', numbered(1), { expectedRevision: 4n });
    await client.dispose();
    await node.stop();
  });

  it('cannot come of a second writer, even where the lock file is gone', async () => {
    const first = await startNodeProcess(data);
    const before = EventStoreDBClient.connectionString(first.url);
    await before.appendToStream('one', numbered(2));
    unlinkSync(join(data, 'lock'));
    const second = await startNodeProcess(data);
    const after = EventStoreDBClient.connectionString(second.url);
    await after.appendToStream('one', numbered(1), { expectedRevision: 1n });
    expect(await errorOf(before.appendToStream('one', numbered(1)))).to.be.instanceOf(Error);
    await after.appendToStream('one', numbered(1), { expectedRevision: 2n });
    expect(await collect(after.readStream('one'))).to.have.length(4);
    await before.dispose();
    await after.dispose();
    await first.stop();
    await second.stop();
    expect((await verify(data)).damaged).to.deep.equal([]);
  });
});
