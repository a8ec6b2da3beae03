import { EventStoreDBClient, START, UnavailableError } from '@eventstore/db-client';
import { expect } from 'chai';
import { collect, freshStream, type NodeProcess, numbered, startNodeProcess, temporaryDirectory } from '../support.ts';

describe('event node: a clean stop', () => {
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

  async function storedIds(stream: string): Promise<Set<string | undefined>> {
    const next = await startNodeProcess(dir.path);
    const reader = EventStoreDBClient.connectionString(next.url);
    const events = await collect(reader.readStream(stream));
    await reader.dispose();
    await next.stop();
    return new Set(events.map(({ event }) => event?.id));
  }

  it('answers every append in flight: written and kept, or refused and not written', async function () {
    this.timeout(60_000);
    for (const credentials of [undefined, { username: 'admin', password: 'changeit' }]) {
      const stream = freshStream();
      await client.appendToStream(stream, numbered(1));
      const events = numbered(300);
      const answers = events.map((event) =>
        client
          .appendToStream(stream, event, credentials === undefined ? {} : { credentials })
          .then(() => true)
          .catch((error: Error) => error),
      );
      await Promise.race(answers);
      expect(await node.stop()).to.equal(0);
      const settled = await Promise.all(answers);
      const stored = await storedIds(stream);
      settled.forEach((answer, at) => {
        if (answer !== true) expect(answer).to.match(/UNAVAILABLE/);
        expect(stored.has(events[at]?.id), String(answer)).to.equal(answer === true);
      });
      node = await startNodeProcess(dir.path);
      await client.dispose();
      client = EventStoreDBClient.connectionString(node.url);
    }
  });

  it('ends subscriptions with a word, and reads with what they asked for', async () => {
    const stream = freshStream();
    for (let n = 0; n < 10; n++) await client.appendToStream(stream, numbered(500, n * 500));
    const ended = [
      client.subscribeToStream(stream, { fromRevision: START }),
      client.subscribeToAll({ fromPosition: START }),
    ].map(
      (subscription) =>
        new Promise<Error>((resolve) => {
          subscription.on('data', () => undefined);
          subscription.on('error', resolve);
        }),
    );
    const reading = collect(client.readStream(stream)).catch((error: Error) => error);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await node.stop()).to.equal(0);
    for (const error of await Promise.all(ended)) expect(error).to.be.instanceOf(UnavailableError);
    const read = await reading;
    if (Array.isArray(read)) expect(read).to.have.length(5_000);
    else expect(read).to.match(/UNAVAILABLE|CANCELLED/);
  });

  it('waits for nobody who does not read', async () => {
    const stream = freshStream();
    const large = Array.from({ length: 5 }, () => ({ ...numbered(1)[0], data: { text: 'x'.repeat(150_000) } }));
    for (let n = 0; n < 10; n++) await client.appendToStream(stream, large as never);
    const idle = client.readStream(stream);
    idle.on('error', () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await node.stop()).to.equal(0);
  });

  it('can be asked for twice', async () => {
    node.child.kill('SIGINT');
    expect(await node.stop('SIGTERM')).to.equal(0);
  });
});
