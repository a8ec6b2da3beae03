import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'chai';
import { backup } from '../../../../infra/event-node/storage/backup.ts';
import { EventStore } from '../../../../infra/event-node/storage/event-store.ts';
import { nameKey, recentKey } from '../../../../infra/event-node/storage/keys.ts';
import { scavenge } from '../../../../infra/event-node/storage/scavenge.ts';
import { writeStamp } from '../../../../infra/event-node/storage/stamp.ts';
import { type Outcome, tombstoneRevision, type WriteRequest } from '../../../../infra/event-node/storage/types.ts';
import { verify } from '../../../../infra/event-node/storage/verify.ts';
import { errorOf, temporaryDirectory } from '../support.ts';

describe('event node: events the index does not have yet', () => {
  let dir: ReturnType<typeof temporaryDirectory>;
  let data: string;
  let copies = 0;
  let store: EventStore;
  beforeEach(() => {
    dir = temporaryDirectory();
    data = join(dir.path, 'data');
    store = EventStore.open(data);
  });
  afterEach(async () => {
    await store.close();
    dir.remove();
  });

  type Asked = Partial<Pick<WriteRequest, 'expected' | 'kind'>> & { readonly events?: number; readonly body?: object };
  function write(stream: string, { body = {}, events = 1, expected = 'any', kind = 'append' }: Asked = {}) {
    const event = () => ({
      id: randomUUID(),
      type: 'Written',
      contentType: 'application/json',
      metadata: new Uint8Array(),
      data: Buffer.from(JSON.stringify(body)),
    });
    const proposed = Array.from({ length: events }, event);
    return store.write({ stream, expected, kind, events: proposed, isExpired: () => false });
  }
  function read(stream: string, backwards = false, from?: number, limit = 256): number[] {
    const view = store.streams.view(stream, Date.now());
    if (view === undefined) return [];
    const start = from ?? (backwards ? view.last : view.first);
    const range = { first: view.first, last: view.last, from: start, backwards, limit };
    return store.readStream(view.number, range).events.map(({ revision }) => revision);
  }
  const indexed = (): number => store.tables.index.getKeysCount();
  const upTo = (last: number): number[] => [...Array(last + 1).keys()];
  /** A directory as a kill leaves it now, nothing settled. */
  async function asKilled(): Promise<string> {
    const copy = join(dir.path, `copy-${copies++}`);
    await backup(data, copy);
    return copy;
  }
  async function killed(): Promise<void> {
    data = await asKilled();
    await store.close();
    store = EventStore.open(data);
  }

  it('are read as if it had them, in both directions and across the border', async () => {
    await write('one', { events: 5 });
    store.settle();
    expect(indexed()).to.equal(5);
    await write('one', { events: 5 });
    await write('two', { events: 3 });
    expect(indexed()).to.equal(5);
    for (const check of [async () => undefined, killed]) {
      await check();
      expect(indexed()).to.equal(5);
      expect(read('one')).to.deep.equal(upTo(9));
      expect(read('one', true)).to.deep.equal(upTo(9).reverse());
      expect([read('one', false, 3, 4), read('one', true, 6, 4)]).to.deep.equal([
        [3, 4, 5, 6],
        [6, 5, 4, 3],
      ]);
      expect([read('one', false, 7), read('one', true, 2), read('two')]).to.deep.equal([
        [7, 8, 9],
        [2, 1, 0],
        [0, 1, 2],
      ]);
      expect(await verify(await asKilled())).to.include({ events: 13, streams: 2, wrongEntries: 0 });
    }
  });

  it('decide on what is written next, also after a kill', async () => {
    await write('one', { events: 2 });
    store.settle();
    await write('one');
    await write('two');
    await killed();
    expect(await write('one', { expected: 1 })).to.deep.equal({ kind: 'wrong-revision', current: 2 });
    expect(await write('one', { expected: 2 })).to.include({ kind: 'written', revision: 3 });
    expect(await write('two', { expected: 'no_stream' })).to.deep.equal({ kind: 'wrong-revision', current: 0 });
    expect(await write('three', { expected: 'no_stream' })).to.include({ kind: 'written', revision: 0 });
    const numbers = ['one', 'two', 'three'].map((name) => store.streams.head(name)?.number);
    expect(new Set(numbers).size).to.equal(3);
  });

  it('are few: the tables are brought up to the log after some hundred, and by a clean stop', async () => {
    for (let n = 0; n < 300; n++) await write(`stream-${n % 7}`);
    expect(indexed()).to.equal(256);
    await write('large', { events: 600 });
    expect(indexed()).to.equal(900);
    await write('last');
    await store.close();
    store = EventStore.open(data);
    expect(indexed()).to.equal(901);
    expect(read('stream-3')).to.deep.equal(upTo(42));
    expect(await verify(await asKilled())).to.include({ events: 901, streams: 9, wrongEntries: 0 });
  });

  it('may be a tombstone, a deletion and metadata', async () => {
    await write('gone', { events: 2 });
    await write('gone', { kind: 'tombstone' });
    await write('kept', { events: 4 });
    await write('$$kept', { body: { $tb: 2 } });
    await killed();
    expect(store.streams.head('gone')?.last).to.equal(tombstoneRevision);
    expect(((await write('gone')) as Outcome).kind).to.equal('tombstoned');
    expect(read('kept')).to.deep.equal([2, 3]);
    await scavenge(store, Date.now());
    await killed();
    expect(store.readAll(0, false).events.map(({ revision }) => revision)).to.deep.equal([tombstoneRevision, 2, 3, 0]);
    expect(await verify(await asKilled())).to.include({ events: 4, streams: 3, wrongEntries: 0 });
  });

  for (const [what, change] of [
    ['an event that is changed', (at: number) => store.tables.state.putSync(recentKey(at), Buffer.alloc(80))],
    ['an event that is lost', (at: number) => store.tables.state.removeSync(recentKey(at))],
    ['the head of its stream', () => store.tables.heads.removeSync(nameKey('one'))],
    ['the name of its stream', () => store.tables.streams.removeSync(nameKey('one'))],
  ] as const) {
    it(`are refused at the start after a kill, and told of by verify: ${what}`, async () => {
      await write('one');
      store.settle();
      await write('one');
      const { position = 0 } = (await write('one')) as Outcome & { readonly kind: 'written' };
      await write('two');
      store.tables.env.transactionSync(() => {
        change(position);
        writeStamp(store.tables);
      });
      const copy = await asKilled();
      expect((await errorOf((async () => EventStore.open(copy))())).message).to.match(/is damaged .* restore it/);
      const { damaged, wrongEntries } = await verify(copy);
      expect(damaged.length + wrongEntries).to.be.greaterThan(0);
    });
  }
});
