import { EventStoreDBClient, START, StreamNotFoundError, UnavailableError } from '@eventstore/db-client';
import { expect } from 'chai';
import {
  collect,
  errorOf,
  freshStream,
  type NodeProcess,
  numbered,
  startNodeProcess,
  temporaryDirectory,
} from '../support.ts';

describe('event node: a client meets a node that starts again', () => {
  let dir: ReturnType<typeof temporaryDirectory>;
  let node: NodeProcess;
  let client: EventStoreDBClient;

  beforeEach(async () => {
    dir = temporaryDirectory();
    node = await startNodeProcess(dir.path);
    client = EventStoreDBClient.connectionString(node.url);
  });
  afterEach(async () => {
    await client.dispose();
    await node.stop();
    dir.remove();
  });

  async function restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await node.stop(signal);
    node = await startNodeProcess(dir.path, ['--port', String(node.port)]);
  }
  /** The client gives up a call, or more, before it connects again. */
  async function untilAnswered<T>(attempt: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof StreamNotFoundError || tries === 50) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`goes on with the same client after ${signal}`, async () => {
      await client.appendToStream('kept', numbered(3));
      await restart(signal);
      expect(await untilAnswered(() => collect(client.readStream('kept')))).to.have.length(3);
      const { nextExpectedRevision } = await untilAnswered(() =>
        client.appendToStream('kept', numbered(1), { expectedRevision: 2n }),
      );
      expect(nextExpectedRevision).to.equal(3n);
    });
  }

  it('knows a retry of a write that expected nothing', async () => {
    const events = numbered(2);
    await client.appendToStream('kept', numbered(1));
    await client.appendToStream('kept', events);
    await restart('SIGKILL');
    const { nextExpectedRevision } = await untilAnswered(() => client.appendToStream('kept', events));
    expect(nextExpectedRevision).to.equal(2n);
    expect(await collect(client.readStream('kept'))).to.have.length(3);
  });

  it('goes on with a retry of a write whose answer was lost', async () => {
    const events = numbered(2);
    await client.appendToStream('kept', events, { expectedRevision: 'no_stream' });
    await restart('SIGKILL');
    const again = await untilAnswered(() => client.appendToStream('kept', events, { expectedRevision: 'no_stream' }));
    expect(again.nextExpectedRevision).to.equal(1n);
    expect(await collect(client.readStream('kept'))).to.have.length(2);
  });

  it('goes on with a subscription from where it was, without gap or double', async () => {
    const stream = freshStream();
    const seen: bigint[] = [];
    const follow = (count: number): Promise<Error | undefined> => {
      const subscription = client.subscribeToStream(stream, { fromRevision: seen.at(-1) ?? START });
      return new Promise((resolve) => {
        subscription.on('error', resolve);
        subscription.on('data', ({ event }) => {
          if (event !== undefined) seen.push(event.revision);
          if (seen.length === count) void subscription.unsubscribe().then(() => resolve(undefined));
        });
      });
    };
    await client.appendToStream(stream, numbered(5));
    const ended = follow(1_000);
    while (seen.length < 5) await new Promise((resolve) => setTimeout(resolve, 5));
    await restart();
    expect(await ended).to.be.instanceOf(UnavailableError);
    await untilAnswered(() => client.appendToStream(stream, numbered(5, 5)));
    await follow(10);
    expect(seen).to.deep.equal(Array.from({ length: 10 }, (_, n) => BigInt(n)));
  });

  it('finds the node by gossip', async () => {
    const discovering = EventStoreDBClient.connectionString(`esdb+discover://127.0.0.1:${node.port}?tls=false`);
    await discovering.appendToStream('kept', numbered(1));
    expect(await collect(discovering.readStream('kept'))).to.have.length(1);
    await discovering.dispose();
  });

  it('is told that it cannot be reached', async () => {
    await client.appendToStream('kept', numbered(1));
    await node.stop();
    expect(await errorOf(client.appendToStream('kept', numbered(1)))).to.match(/UNAVAILABLE/);
  });
});
