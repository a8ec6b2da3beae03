import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { EventStore } from '../../../../infra/event-node/storage/event-store.ts';
import { sealed } from '../../../../infra/event-node/storage/heads.ts';
import { indexKey, nameKey, positionKey, recentsEnd } from '../../../../infra/event-node/storage/keys.ts';
import { scavenge } from '../../../../infra/event-node/storage/scavenge.ts';
import { writeStamp } from '../../../../infra/event-node/storage/stamp.ts';
import { formatVersion } from '../../../../infra/event-node/storage/tables.ts';
import type { Expected, Outcome } from '../../../../infra/event-node/storage/types.ts';
import { verify } from '../../../../infra/event-node/storage/verify.ts';
import { errorOf, temporaryDirectory } from '../support.ts';

describe('event node: what damage would hide', () => {
  let dir: ReturnType<typeof temporaryDirectory>;
  let data: string;
  let store: EventStore;
  let positions: readonly number[];
  beforeEach(async () => {
    dir = temporaryDirectory();
    data = join(dir.path, 'data');
    store = EventStore.open(data);
    for (let n = 0; n < 12; n++) await write(n % 2 === 0 ? 'one' : 'two', 'any');
    // What was written lately is read from memory.
    await reopened(() => undefined);
    positions = all(false);
  });
  afterEach(async () => {
    await store.close();
    dir.remove();
  });

  function write(stream: string, expected: Expected, body: object = {}): Promise<Outcome> {
    const event = { id: randomUUID(), type: 'Written', contentType: 'application/json', metadata: new Uint8Array() };
    const events = [{ ...event, data: Buffer.from(JSON.stringify(body)) }];
    return store.write({ stream, expected, events, kind: 'append', isExpired: () => false });
  }
  const all = (backwards: boolean, from = backwards ? store.durable + 1 : 0): number[] =>
    store.readAll(from, backwards).events.map(({ position }) => position);
  function read(stream: string, backwards: boolean): number {
    const view = store.streams.view(stream, Date.now());
    if (view === undefined) return 0;
    return store.readStream(view.number, { ...view, from: backwards ? view.last : view.first, backwards }).events
      .length;
  }
  const numberOf = (stream: string): number => store.streams.head(stream)?.number ?? 0;
  async function reopened(change: () => void): Promise<void> {
    store.tables.env.transactionSync(() => {
      change();
      writeStamp(store.tables);
    });
    await store.close();
    store = EventStore.open(data);
  }

  for (const [what, change] of [
    ['the name of a stream', () => store.tables.streams.removeSync(nameKey('one'))],
    ['the head of a stream', () => store.tables.heads.removeSync(nameKey('one'))],
    ['the last event of a stream', () => store.tables.index.removeSync(indexKey(numberOf('one'), 5))],
  ] as const) {
    it(`is missed: ${what}, by reads and by writes`, async () => {
      await reopened(() => void change());
      expect(() => read('one', false)).to.throw('damaged');
      expect((await errorOf(write('one', 'no_stream'))).message).to.include('damaged');
      expect(read('two', false)).to.equal(6);
      expect((await verify(data)).wrongEntries).to.be.greaterThan(0);
    });
  }

  for (const revision of [0, 3]) {
    it(`is missed: revision ${revision} of a stream, in both directions`, async () => {
      await reopened(() => void store.tables.index.removeSync(indexKey(numberOf('one'), revision)));
      for (const backwards of [false, true]) expect(() => read('one', backwards)).to.throw('lost');
    });
  }

  it('is missed: an event of $all, wherever it stood and from wherever it is read', async () => {
    for (const [at, position] of positions.slice(0, -1).entries()) {
      const record = Buffer.from(store.tables.events.get(positionKey(position)) ?? Buffer.alloc(0));
      store.tables.env.transactionSync(() => void store.tables.events.removeSync(positionKey(position)));
      expect(() => all(false)).to.throw('lost');
      expect(() => all(true)).to.throw('lost');
      expect(() => all(false, (positions[at - 1] ?? 0) + 1)).to.throw('lost');
      expect(() => all(true, positions[at + 1])).to.throw('lost');
      expect((await verify(data)).wrongEntries).to.be.greaterThan(0);
      store.tables.env.transactionSync(() => void store.tables.events.putSync(positionKey(position), record));
    }
    expect(all(true)).to.deep.equal(positions.toReversed());
  });

  it('is refused at the start: the end of the log', async () => {
    const last = positions.at(-1) ?? 0;
    store.tables.env.transactionSync(() => {
      store.tables.events.removeSync(positionKey(last));
      writeStamp(store.tables);
    });
    await store.close();
    expect(() => EventStore.open(data)).to.throw('its last events are lost');
  });

  it('is refused at the start: a table that is gone, which is not made anew', async () => {
    await store.tables.heads.drop();
    await store.close();
    expect(() => EventStore.open(data)).to.throw('its table "heads" is lost');
  });

  it('is not what a scavenge took away, however it is read and in how many turns it was taken', async () => {
    await write('$$one', 'any', { $maxCount: 2 });
    await scavenge(store, Date.now());
    await write('$$two', 'any', { $tb: 3 });
    await scavenge(store, Date.now());
    await write('one', 'any');
    await scavenge(store, Date.now());
    await reopened(() => undefined);
    const left = all(false);
    expect(left).to.have.length(15 - 5 - 3);
    expect(all(true)).to.deep.equal(left.toReversed());
    for (const position of [...positions, ...left]) {
      expect(all(false, position)).to.deep.equal(left.filter((other) => other >= position));
      expect(all(true, position)).to.deep.equal(left.filter((other) => other < position).toReversed());
    }
    for (const backwards of [false, true])
      expect([read('one', backwards), read('two', backwards)]).to.deep.equal([2, 3]);
    expect(await verify(data)).to.include({ events: 7, wrongEntries: 0 });
    // Later metadata shows no more than there is.
    await write('$$one', 'any', {});
    expect(read('one', false)).to.equal(2);
  });

  it('is nothing in an empty log', async () => {
    await store.close();
    store = EventStore.open(join(dir.path, 'empty'));
    expect([all(false), all(true), all(false, 64), all(true, 0)]).to.deep.equal([[], [], [], []]);
  });

  it('is missed where the trace of a scavenge is lost', async () => {
    await write('$$one', 'any', { $maxCount: 2 });
    await scavenge(store, Date.now());
    const [gap] = [...store.tables.gaps.getKeys({})];
    store.tables.env.transactionSync(() => void store.tables.gaps.removeSync(gap ?? Buffer.alloc(0)));
    expect(() => all(false)).to.throw('lost');
  });

  it('is protected in a directory of the first format too, once it is opened', async () => {
    store.tables.env.transactionSync(() => {
      for (const key of [...store.tables.heads.getKeys({})]) store.tables.heads.removeSync(Buffer.from(key));
      store.tables.state.removeSync(recentsEnd);
    });
    await store.close();
    await reopenedFrom(1);
    expect(all(false)).to.deep.equal(positions);
    expect(await write('one', 5)).to.include({ kind: 'written', revision: 6 });
    expect(await write('three', 'no_stream')).to.include({ kind: 'written', revision: 0 });
    expect(read('one', false)).to.equal(7);
    expect(await verify(data)).to.include({ events: 14, streams: 3, wrongEntries: 0 });
  });

  /** As the second format had it: a table for the end of the log, whose position this is. */
  async function asSecond(position: number): Promise<void> {
    const how = { name: 'owner', encoding: 'binary' as const, keyEncoding: 'binary' as const };
    const former = store.tables.env.openDB<Buffer, Buffer>(how);
    const tail = Buffer.from('tail');
    store.tables.env.transactionSync(() => {
      former.putSync(tail, sealed(tail, [8, position], [4, 3]));
      store.tables.state.removeSync(recentsEnd);
    });
    await store.close();
  }

  it('is protected in a directory of the second format, which goes on where it ended', async () => {
    await asSecond(positions.at(-1) ?? 0);
    await reopenedFrom(2);
    expect(all(true)).to.deep.equal(positions.toReversed());
    expect(await write('one', 5)).to.include({ kind: 'written', revision: 6 });
    expect(await write('three', 'no_stream')).to.include({ kind: 'written', revision: 0 });
    expect(await verify(data)).to.include({ events: 14, streams: 3, wrongEntries: 0 });
  });

  it('is refused where a directory of the second format says it had more', async () => {
    await asSecond((positions.at(-1) ?? 0) + 100);
    const path = join(data, 'format.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(`"version":${formatVersion}`, '"version":2'));
    expect(() => EventStore.open(data)).to.throw('its last events are lost');
    store = EventStore.open(join(dir.path, 'other'));
  });

  async function reopenedFrom(version: number): Promise<void> {
    const path = join(data, 'format.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(`"version":${formatVersion}`, `"version":${version}`));
    expect((await errorOf(verify(data))).message).to.include('older format');
    store = EventStore.open(data);
    expect(readFileSync(path, 'utf8')).to.include(`"version":${formatVersion}`);
  }
});
