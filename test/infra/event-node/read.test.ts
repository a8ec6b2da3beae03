import {
  BACKWARDS,
  binaryEvent,
  END,
  eventTypeFilter,
  FORWARDS,
  NO_STREAM,
  START,
  StreamDeletedError,
  StreamNotFoundError,
  streamNameFilter,
} from '@eventstore/db-client';
import { expect } from 'chai';
import { collect, errorOf, freshStream, numbered, type Server, startServer } from './support.ts';

describe('event node contract: read', () => {
  let server: Server;

  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  type ReadOptions = Parameters<Server['client']['readStream']>[1];
  async function numbers(stream: string, options?: ReadOptions): Promise<number[]> {
    const read = await collect(server.client.readStream(stream, options));
    return read.map(({ event }) => (event?.data as { n: number } | undefined)?.n ?? -1);
  }
  async function filled(count: number): Promise<string> {
    const stream = freshStream();
    await server.client.appendToStream(stream, numbered(count));
    return stream;
  }

  for (const [what, options, expected] of [
    ['all, forwards', {}, [0, 1, 2, 3, 4]],
    ['all, backwards', { direction: BACKWARDS, fromRevision: END }, [4, 3, 2, 1, 0]],
    ['from a revision on', { fromRevision: 2n }, [2, 3, 4]],
    ['backwards from a revision on', { direction: BACKWARDS, fromRevision: 2n }, [2, 1, 0]],
    ['a count', { maxCount: 2 }, [0, 1]],
    ['a count from a revision', { fromRevision: 3n, maxCount: 1 }, [3]],
    ['the last one', { direction: BACKWARDS, fromRevision: END, maxCount: 1 }, [4]],
    ['backwards from the start', { direction: BACKWARDS, fromRevision: START }, [0]],
    ['forwards from the end', { direction: FORWARDS, fromRevision: END }, []],
    ['from beyond the end', { fromRevision: 99n }, []],
    ['backwards from beyond the end', { direction: BACKWARDS, fromRevision: 99n }, [4, 3, 2, 1, 0]],
  ] as const) {
    it(`reads a stream: ${what}`, async () => {
      expect(await numbers(await filled(5), options)).to.deep.equal(expected);
    });
  }

  it('says that a stream does not exist', async () => {
    const stream = freshStream();
    const error = await errorOf(collect(server.client.readStream(stream)));
    expect(error).to.be.instanceOf(StreamNotFoundError);
  });

  it('reads streams of more than one page in both directions', async () => {
    const stream = await filled(1_000);
    const up = await numbers(stream);
    expect(up).to.deep.equal(Array.from({ length: 1_000 }, (_, n) => n));
    expect(await numbers(stream, { direction: BACKWARDS, fromRevision: END })).to.deep.equal(up.reverse());
  });

  it('reads $all in commit order, inclusive forwards and exclusive backwards', async () => {
    const stream = await filled(3);
    const all = await collect(server.client.readAll());
    const mine = all.filter(({ event }) => event?.streamId === stream);
    expect(mine.map(({ event }) => event?.revision)).to.deep.equal([0n, 1n, 2n]);
    const positions = all.map(({ event }) => event?.position.commit ?? 0n);
    expect(positions).to.deep.equal([...positions].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(positions).size).to.equal(positions.length);
    const middle = mine[1]?.event?.position ?? { commit: 0n, prepare: 0n };
    const on = await collect(server.client.readAll({ fromPosition: middle, maxCount: 2 }));
    expect(on.map(({ event }) => event?.revision)).to.deep.equal([1n, 2n]);
    const back = await collect(server.client.readAll({ fromPosition: middle, direction: BACKWARDS, maxCount: 1 }));
    expect(back.map(({ event }) => event?.revision)).to.deep.equal([0n]);
  });

  it('reads $all backwards from the end', async () => {
    const stream = await filled(2);
    const read = await collect(server.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 50 }));
    const mine = read.filter(({ event }) => event?.streamId === stream);
    expect(mine.map(({ event }) => event?.revision)).to.deep.equal([1n, 0n]);
  });

  it('resolves links to what they name, and shows those that name nothing', async () => {
    const stream = await filled(2);
    const links = freshStream('links');
    const link = (target: string) => binaryEvent({ type: '$>', data: Buffer.from(target) });
    await server.client.appendToStream(links, [link(`1@${stream}`), link(`9@${stream}`)] as never);
    const resolved = await collect(server.client.readStream(links, { resolveLinkTos: true }));
    expect(resolved[0]?.event).to.include({ streamId: stream, revision: 1n });
    expect(resolved[0]?.link).to.include({ streamId: links, revision: 0n });
    expect(resolved[1]?.event).to.equal(undefined);
    expect(resolved[1]?.link).to.include({ streamId: links, revision: 1n });
    const plain = await collect(server.client.readStream(links));
    expect(plain[0]?.event).to.include({ streamId: links, type: '$>' });
  });

  it('goes on reading while others write', async () => {
    const stream = await filled(2_000);
    const writing = server.client.appendToStream(stream, numbered(10, 2_000));
    const read = await numbers(stream);
    await writing;
    expect(read.slice(0, 2_000)).to.deep.equal(Array.from({ length: 2_000 }, (_, n) => n));
  });

  it('refuses to read a tombstoned stream', async () => {
    const stream = await filled(1);
    await server.client.tombstoneStream(stream);
    expect(await errorOf(collect(server.client.readStream(stream)))).to.be.instanceOf(StreamDeletedError);
  });

  describe('filters of $all', () => {
    const mark = freshStream('filter').replaceAll('-', '');
    before(async () => {
      for (const type of ['Lit', 'Doused', 'Broken']) {
        await server.client.appendToStream(`${mark}a-1`, numbered(2, 0, `${mark}.${type}`));
        await server.client.appendToStream(`${mark}b-1`, numbered(1, 0, `${mark}.${type}`), {
          expectedRevision: 'any',
        });
      }
      await server.client.appendToStream(`${mark}c`, numbered(40, 0, 'Other'), { expectedRevision: NO_STREAM });
    });

    type Filter = NonNullable<NonNullable<Parameters<Server['client']['subscribeToAll']>[0]>['filter']>;
    async function matching(filter: Filter): Promise<string[]> {
      const found: string[] = [];
      const subscription = server.client.subscribeToAll({ fromPosition: START, filter });
      await new Promise<void>((resolve, reject) => {
        subscription.on('data', ({ event }) => {
          if (event !== undefined)
            found.push(`${event.streamId.slice(mark.length)} ${event.type.slice(mark.length + 1)}`);
        });
        subscription.on('caughtUp', resolve);
        subscription.on('error', reject);
      });
      await subscription.unsubscribe();
      return found;
    }

    for (const [what, filter, count] of [
      ['event type by prefix', () => eventTypeFilter({ prefixes: [`${mark}.Li`, `${mark}.Br`] }), 6],
      ['event type by pattern', () => eventTypeFilter({ regex: `^${mark}\\.(Lit|Doused)$` }), 6],
      ['stream by prefix', () => streamNameFilter({ prefixes: [`${mark}a`] }), 6],
      ['stream by pattern', () => streamNameFilter({ regex: `^${mark}[ab]-` }), 9],
    ] as const) {
      it(`passes ${what}`, async () => {
        expect(await matching(filter() as Filter)).to.have.length(count);
      });
    }

    it('leaves out system events where asked to', async () => {
      const found = await matching(eventTypeFilter({ regex: '^[^\\$].*' }));
      expect(found.length).to.be.greaterThan(40);
    });

    it('tells how far it searched', async () => {
      const checkpoints: bigint[] = [];
      const subscription = server.client.subscribeToAll({
        fromPosition: START,
        filter: eventTypeFilter({
          prefixes: [`${mark}.Lit`],
          maxSearchWindow: 4,
          checkpointInterval: 1,
          checkpointReached: async (_subscription, position) => {
            checkpoints.push(position.commit);
          },
        }),
      });
      await new Promise<void>((resolve, reject) => {
        subscription.on('data', () => undefined);
        subscription.on('caughtUp', resolve);
        subscription.on('error', reject);
      });
      await subscription.unsubscribe();
      expect(checkpoints.length).to.be.greaterThan(0);
      expect(checkpoints).to.deep.equal([...checkpoints].sort((a, b) => (a < b ? -1 : 1)));
    });
  });
});
