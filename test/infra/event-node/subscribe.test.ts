import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AllStreamSubscription,
  END,
  EventStoreDBClient,
  eventTypeFilter,
  type Position,
  START,
  type StreamSubscription,
} from '@eventstore/db-client';
import { expect } from 'chai';
import { collect, freshStream, numbered, type Server, startServer } from './support.ts';

type Subscription = AllStreamSubscription | StreamSubscription;

/** Collects until `count` items are there. */
async function take<T>(
  subscription: Subscription,
  count: number,
  pick: (resolved: never) => T | undefined,
): Promise<T[]> {
  const taken: T[] = [];
  await new Promise<void>((resolve, reject) => {
    subscription.on('error', reject);
    subscription.on('data', (resolved: unknown) => {
      const item = pick(resolved as never);
      if (item !== undefined) taken.push(item);
      if (taken.length === count) resolve();
    });
  });
  await subscription.unsubscribe();
  return taken;
}

const revisionOf = ({ event }: { event?: { revision: bigint } }): bigint | undefined => event?.revision;

describe('event node contract: subscribe', () => {
  let server: Server;

  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  it('confirms, gives what is there, says caught-up once, then gives what comes', async () => {
    const stream = freshStream();
    await server.client.appendToStream(stream, numbered(3));
    const said: string[] = [];
    const subscription = server.client.subscribeToStream(stream, { fromRevision: START });
    subscription.on('confirmation', () => said.push('confirmation'));
    subscription.on('caughtUp', () => {
      said.push('caughtUp');
      void server.client.appendToStream(stream, numbered(2, 3));
    });
    subscription.on('data', ({ event }) => said.push(String(event?.revision)));
    await take(subscription, 5, revisionOf as never);
    expect(said).to.deep.equal(['confirmation', '0', '1', '2', 'caughtUp', '3', '4']);
  });

  it('begins behind the revision it is given', async () => {
    const stream = freshStream();
    await server.client.appendToStream(stream, numbered(4));
    const got = await take(server.client.subscribeToStream(stream, { fromRevision: 1n }), 2, revisionOf as never);
    expect(got).to.deep.equal([2n, 3n]);
  });

  it('begins at the end, and waits for a stream that does not exist yet', async () => {
    const stream = freshStream();
    const waiting = server.client.subscribeToStream(stream, { fromRevision: END });
    await new Promise<void>((resolve) => waiting.once('caughtUp', resolve));
    const taking = take(waiting, 2, revisionOf as never);
    await server.client.appendToStream(stream, numbered(2));
    expect(await taking).to.deep.equal([0n, 1n]);
  });

  it('begins behind the position it is given in $all', async () => {
    const stream = freshStream();
    const first = await server.client.appendToStream(stream, numbered(1));
    await server.client.appendToStream(stream, numbered(2, 1));
    const fromPosition = first.position as Position;
    const mine = ({ event }: { event?: { streamId: string; revision: bigint } }): bigint | undefined =>
      event?.streamId === stream ? event.revision : undefined;
    const got = await take(server.client.subscribeToAll({ fromPosition }), 2, mine as never);
    expect(got).to.deep.equal([1n, 2n]);
  });

  it('passes filtered events live, and tells how far it is when caught up', async () => {
    const type = `T${freshStream().replaceAll('-', '')}`;
    const positions: bigint[] = [];
    const subscription = server.client.subscribeToAll({
      fromPosition: START,
      filter: eventTypeFilter({
        prefixes: [type],
        checkpointInterval: 1,
        checkpointReached: async (_subscription, { commit }) => {
          positions.push(commit);
        },
      }),
    });
    const taking = take(subscription, 2, revisionOf as never);
    await server.client.appendToStream(freshStream(), numbered(50));
    await server.client.appendToStream(freshStream(), numbered(2, 0, type));
    expect(await taking).to.deep.equal([0n, 1n]);
    expect(positions.length).to.be.greaterThan(0);
  });

  it('holds back for a slow reader without losing anything', async () => {
    const stream = freshStream();
    for (let batch = 0; batch < 20; batch++) await server.client.appendToStream(stream, numbered(200, batch * 200));
    const subscription = server.client.subscribeToStream(stream, { fromRevision: START });
    const got: number[] = [];
    for await (const { event } of subscription) {
      got.push((event?.data as { n: number } | undefined)?.n ?? -1);
      if (got.length % 500 === 0) await sleep(20);
      if (got.length === 4_000) break;
    }
    expect(got).to.deep.equal(Array.from({ length: 4_000 }, (_, n) => n));
  });

  it('hands over under load: 500 appends a second, 200 restarts, no gap and no double', async function () {
    this.timeout(60_000);
    const stream = freshStream('handover');
    const total = 2_500;
    const writing = (async () => {
      for (let sent = 0; sent < total; sent += 50) {
        await Promise.all(
          Array.from({ length: 10 }, (_, n) => server.client.appendToStream(stream, numbered(5, sent + n * 5))),
        );
        await sleep(100);
      }
    })();
    const seen: bigint[] = [];
    let restarts = 0;
    while (seen.length < total) {
      const last = seen.at(-1);
      const subscription = server.client.subscribeToStream(stream, { fromRevision: last ?? START });
      const stopAfter = restarts < 200 ? 1 + Math.floor(Math.random() * 20) : total;
      await new Promise<void>((resolve, reject) => {
        let got = 0;
        subscription.on('error', reject);
        subscription.on('data', ({ event }) => {
          if (got >= stopAfter) return;
          if (event !== undefined) seen.push(event.revision);
          if (++got >= stopAfter || seen.length >= total) resolve();
        });
      });
      await subscription.unsubscribe();
      restarts++;
    }
    await writing;
    expect(restarts).to.be.greaterThan(200);
    expect(seen).to.deep.equal(Array.from({ length: total }, (_, n) => BigInt(n)));
  });

  it('serves many subscribers at once', async () => {
    const stream = freshStream();
    const taking = Array.from({ length: 50 }, () =>
      take(server.client.subscribeToStream(stream, { fromRevision: START }), 20, revisionOf as never),
    );
    for (let n = 0; n < 20; n++) await server.client.appendToStream(stream, numbered(1, n));
    for (const got of await Promise.all(taking))
      expect(got).to.deep.equal(Array.from({ length: 20 }, (_, n) => BigInt(n)));
  });

  it('goes on after a client went away in the middle', async () => {
    const stream = freshStream();
    await server.client.appendToStream(stream, numbered(500));
    const rude = EventStoreDBClient.connectionString(server.url);
    const subscription = rude.subscribeToStream(stream, { fromRevision: START });
    subscription.on('error', () => undefined);
    await new Promise<void>((resolve) => subscription.once('data', () => resolve()));
    await rude.dispose();
    expect(await collect(server.client.readStream(stream))).to.have.length(500);
  });
});
