import { randomUUID } from 'node:crypto';
import {
  ANY,
  type AppendExpectedRevision,
  EventStoreDBClient,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { expect } from 'chai';
import { collect, errorOf, freshStream, numbered, type Server, startServer } from './support.ts';

describe('event node contract: append', () => {
  let server: Server;
  let single: EventStoreDBClient;

  before(async () => {
    server = await startServer();
    // Credentials with a call make the client use the unary append: the other wire form of every answer.
    single = EventStoreDBClient.connectionString(server.url);
  });
  after(async () => {
    await single.dispose();
    await server.stop();
  });

  const credentials = { username: 'admin', password: 'changeit' };
  const forms = [
    {
      form: 'batch append',
      append: (stream: string, events: ReturnType<typeof numbered>, expectedRevision: AppendExpectedRevision = ANY) =>
        server.client.appendToStream(stream, events, { expectedRevision }),
    },
    {
      form: 'append',
      append: (stream: string, events: ReturnType<typeof numbered>, expectedRevision: AppendExpectedRevision = ANY) =>
        single.appendToStream(stream, events, { expectedRevision, credentials }),
    },
  ];

  async function revisions(stream: string): Promise<bigint[]> {
    return (await collect(server.client.readStream(stream))).map(({ event }) => event?.revision ?? -1n);
  }

  for (const { append, form } of forms) {
    describe(form, () => {
      it('writes from revision 0 on, with rising positions', async () => {
        const stream = freshStream();
        const first = await append(stream, numbered(3), NO_STREAM);
        const second = await append(stream, numbered(1, 3), 2n);
        expect(first.success).to.equal(true);
        expect(first.nextExpectedRevision).to.equal(2n);
        expect(second.nextExpectedRevision).to.equal(3n);
        expect(second.position?.commit).to.satisfy((position: bigint) => position > (first.position?.commit ?? 0n));
        expect(first.position?.commit).to.satisfy((position: bigint) => position > 0n);
        expect(await revisions(stream)).to.deep.equal([0n, 1n, 2n, 3n]);
      });

      it('keeps id, type, data and metadata', async () => {
        const stream = freshStream();
        const event = jsonEvent({ id: randomUUID(), type: 'Käse', data: { ü: [1, null] }, metadata: { by: 'ß' } });
        await append(stream, [event] as never);
        const [read] = await collect(server.client.readStream(stream));
        expect(read?.event).to.include({ id: event.id, type: 'Käse', streamId: stream, isJson: true, revision: 0n });
        expect(read?.event?.data).to.deep.equal(event.data);
        expect(read?.event?.metadata).to.deep.equal(event.metadata);
        expect(Math.abs(Date.now() - Number(read?.event?.created))).to.be.lessThan(600_000);
      });

      for (const [expected, description, actual] of [
        [NO_STREAM, 'no stream', 1n],
        [0n, 'an older revision', 1n],
        [7n, 'a later revision', 1n],
      ] as const) {
        it(`refuses where ${description} is expected`, async () => {
          const stream = freshStream();
          await append(stream, numbered(2));
          const error = await errorOf(append(stream, numbered(1, 9), expected));
          expect(error).to.be.instanceOf(WrongExpectedVersionError);
          expect(error).to.include({ streamName: stream, actualVersion: actual });
          expect(error['expectedVersion']).to.equal(expected);
          expect(await revisions(stream)).to.deep.equal([0n, 1n]);
        });
      }

      it('refuses where a stream is expected and there is none', async () => {
        for (const expected of [STREAM_EXISTS, 0n] as const) {
          const error = await errorOf(append(freshStream(), numbered(1), expected));
          expect(error).to.be.instanceOf(WrongExpectedVersionError);
          expect(error['actualVersion']).to.equal('no_stream');
        }
      });

      for (const [mode, expected] of [
        ['any', ANY],
        ['no stream', NO_STREAM],
        ['an exact revision', 1n],
        ['an existing stream', STREAM_EXISTS],
      ] as const) {
        it(`answers a repeated write as the first one, expecting ${mode}`, async () => {
          const stream = freshStream();
          if (expected !== NO_STREAM) await append(stream, numbered(2));
          const events = numbered(3, 10);
          const first = await append(stream, events, expected);
          await append(stream, numbered(1, 20));
          const again = await append(stream, events, expected);
          expect(again.success).to.equal(true);
          expect(again.nextExpectedRevision).to.equal(first.nextExpectedRevision);
          const all = await collect(server.client.readStream(stream));
          expect(new Set(all.map(({ event }) => event?.id)).size).to.equal(all.length);
        });
      }

      for (const [mode, expected] of [
        ['any', ANY],
        ['no stream', NO_STREAM],
        ['an exact revision', 1n],
        ['an existing stream', STREAM_EXISTS],
      ] as const) {
        it(`refuses a repeated write that is only partly there, expecting ${mode}`, async () => {
          const stream = freshStream();
          if (expected !== NO_STREAM) await append(stream, numbered(2));
          const events = numbered(2, 10);
          await append(stream, events, expected);
          const error = await errorOf(append(stream, [...events, ...numbered(1, 20)], expected));
          expect(error).to.be.instanceOf(WrongExpectedVersionError);
        });
      }

      it('refuses an event larger than the largest append, and goes on', async () => {
        const stream = freshStream();
        const large = jsonEvent({ type: 'Large', data: { text: 'x'.repeat(1_100_000) } });
        const error = await errorOf(append(stream, [large] as never));
        expect(error).to.be.instanceOf(MaxAppendSizeExceededError);
        expect(Number(error['maxAppendSize'])).to.be.at.least(1_048_576);
        await append(stream, numbered(1), NO_STREAM);
      });

      it('refuses events that are too large together, and writes none of them', async () => {
        const stream = freshStream();
        const events = Array.from({ length: 30 }, () =>
          jsonEvent({ type: 'Part', data: { text: 'x'.repeat(40_000) } }),
        );
        const error = await errorOf(append(stream, events as never));
        expect(error).to.be.instanceOf(MaxAppendSizeExceededError);
        await append(stream, numbered(1), NO_STREAM);
      });

      it('writes many small events at once', async () => {
        const stream = freshStream();
        const { nextExpectedRevision } = await append(stream, numbered(5_000), NO_STREAM);
        expect(nextExpectedRevision).to.equal(4_999n);
      });

      it('refuses a stream name that is empty', async () => {
        expect(await errorOf(append('', numbered(1)))).to.be.instanceOf(Error);
      });

      it('refuses writes to $all', async () => {
        expect(await errorOf(append('$all', numbered(1)))).to.be.instanceOf(Error);
      });

      it('refuses writes to a tombstoned stream', async () => {
        const stream = freshStream();
        await append(stream, numbered(1));
        await server.client.tombstoneStream(stream);
        const error = await errorOf(append(stream, numbered(1)));
        expect(error).to.be.instanceOf(StreamDeletedError);
        expect(error['streamName']).to.equal(stream);
      });
    });
  }

  it('gives contiguous revisions to 50 writers of one stream', async () => {
    const stream = freshStream();
    const writer = async (n: number): Promise<void> => {
      for (;;) {
        const last = await collect(
          server.client.readStream(stream, { direction: 'backwards', maxCount: 1, fromRevision: 'end' }),
        ).catch(() => []);
        const expectedRevision = last[0]?.event?.revision ?? NO_STREAM;
        try {
          await server.client.appendToStream(stream, numbered(1, n), { expectedRevision });
          return;
        } catch (error) {
          if (!(error instanceof WrongExpectedVersionError)) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: 50 }, (_, n) => writer(n)));
    expect(await revisions(stream)).to.deep.equal(Array.from({ length: 50 }, (_, n) => BigInt(n)));
  });

  it('keeps order and atomicity of many writes in flight', async () => {
    const stream = freshStream();
    await Promise.all(Array.from({ length: 200 }, (_, n) => server.client.appendToStream(stream, numbered(3, n * 3))));
    const read = await collect(server.client.readStream(stream));
    const numbers = read.map(({ event }) => (event?.data as { n: number } | undefined)?.n ?? -1);
    expect(numbers).to.have.length(600);
    for (let at = 0; at < 600; at += 3) {
      expect(numbers.slice(at, at + 3)).to.deep.equal([0, 1, 2].map((n) => (numbers[at] ?? 0) + n));
    }
  });
});
