import {
  BACKWARDS,
  DeadlineExceededError,
  END,
  EventStoreDBClient,
  eventTypeFilter,
  NO_STREAM,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { expect } from 'chai';
import { collect, errorOf, freshStream, numbered, type Server, startServer } from './support.ts';

describe('event node contract: limits', () => {
  let server: Server;

  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  describe('deadlines', () => {
    /** Milliseconds; long past, whatever the clocks of both sides say. */
    const deadline = -3_600_000;
    const credentials = { username: 'admin', password: 'changeit' };

    for (const [form, options] of [
      ['a batch append', {}],
      ['an append', { credentials }],
    ] as const) {
      it(`refuses ${form} that comes too late, and writes nothing`, async () => {
        const stream = freshStream();
        const late = server.client.appendToStream(stream, numbered(1), { deadline, ...options });
        expect(await errorOf(late)).to.be.instanceOf(DeadlineExceededError);
        const { nextExpectedRevision } = await server.client.appendToStream(stream, numbered(1), {
          expectedRevision: NO_STREAM,
        });
        expect(nextExpectedRevision).to.equal(0n);
      });
    }

    it('tells of a deletion, a tombstone and metadata that they come too late', async () => {
      const stream = freshStream();
      for (const late of [
        () => server.client.deleteStream(stream, { deadline }),
        () => server.client.tombstoneStream(stream, { deadline }),
        () => server.client.setStreamMetadata(stream, { maxCount: 1 }, { deadline }),
      ]) {
        expect(await errorOf(late())).to.be.instanceOf(DeadlineExceededError);
      }
    });

    it('lets a write pass that has the time', async () => {
      const written = await server.client.appendToStream(freshStream(), numbered(1), { deadline: 10_000 });
      expect(written.success).to.equal(true);
    });
  });

  describe('counts', () => {
    let stream: string;
    before(async () => {
      stream = freshStream();
      await server.client.appendToStream(stream, numbered(700));
    });

    for (const [maxCount, expected] of [
      [1, 1],
      [256, 256],
      [257, 257],
      [699, 699],
      [700, 700],
      [701, 700],
      [Number.MAX_SAFE_INTEGER, 700],
    ] as const) {
      it(`reads at most ${maxCount} of a stream, in either direction`, async () => {
        const up = await collect(server.client.readStream(stream, { maxCount }));
        expect(up.map(({ event }) => Number(event?.revision))).to.deep.equal([...Array(expected).keys()]);
        const down = await collect(
          server.client.readStream(stream, { maxCount, direction: BACKWARDS, fromRevision: END }),
        );
        expect(down.map(({ event }) => Number(event?.revision))).to.deep.equal(
          [...Array(expected).keys()].map((n) => 699 - n),
        );
      });
    }

    it('reads at most so many of $all, in either direction', async () => {
      for (const maxCount of [1, 300]) {
        expect(await collect(server.client.readAll({ maxCount }))).to.have.length(maxCount);
        const down = server.client.readAll({ maxCount, direction: BACKWARDS, fromPosition: END });
        expect(await collect(down)).to.have.length(maxCount);
      }
    });
  });

  describe('filters', () => {
    for (const [what, filter] of [
      ['event types', eventTypeFilter({ regex: '(' })],
      ['streams', streamNameFilter({ regex: '[' })],
    ] as const) {
      it(`refuses a pattern for ${what} that is none, and goes on`, async () => {
        // A client of its own: the refusal ends what it has open.
        const client = EventStoreDBClient.connectionString(server.url);
        const subscription = client.subscribeToAll({ fromPosition: START, filter });
        const error = await new Promise<Error>((resolve, reject) => {
          subscription.on('error', resolve);
          subscription.on('data', () => undefined);
          subscription.on('caughtUp', () => reject(new Error('the pattern was accepted')));
        });
        expect(error).to.be.instanceOf(Error);
        await client.dispose();
        await server.client.appendToStream(freshStream(), numbered(1));
      });
    }

    it('passes patterns over a window narrower than what there is', async () => {
      const type = `W${freshStream().replaceAll('-', '')}`;
      await server.client.appendToStream(freshStream(), numbered(200));
      await server.client.appendToStream(freshStream(), numbered(3, 0, type));
      const filter = eventTypeFilter({ regex: `^${type}$`, maxSearchWindow: 1 });
      const subscription = server.client.subscribeToAll({ fromPosition: START, filter });
      const found: bigint[] = [];
      await new Promise<void>((resolve, reject) => {
        subscription.on('error', reject);
        subscription.on('data', ({ event }) => {
          if (event !== undefined) found.push(event.revision);
        });
        subscription.on('caughtUp', resolve);
      });
      await subscription.unsubscribe();
      expect(found).to.deep.equal([0n, 1n, 2n]);
    });
  });
});
