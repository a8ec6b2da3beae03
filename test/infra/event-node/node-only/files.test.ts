import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient, StreamNotFoundError } from '@eventstore/db-client';
import { expect } from 'chai';
import { backup } from '../../../../infra/event-node/storage/backup.ts';
import { EventStore } from '../../../../infra/event-node/storage/event-store.ts';
import { verify } from '../../../../infra/event-node/storage/verify.ts';
import { collect, errorOf, numbered, runNode, startNodeProcess, temporaryDirectory } from '../support.ts';

describe('event node: files', () => {
  let dir: ReturnType<typeof temporaryDirectory>;
  let data: string;
  beforeEach(() => {
    dir = temporaryDirectory();
    data = join(dir.path, 'data');
  });
  afterEach(() => dir.remove());

  async function filled(events: number, stream = 'kept'): Promise<void> {
    const node = await startNodeProcess(data);
    const client = EventStoreDBClient.connectionString(node.url);
    for (let n = 0; n < events; n += 100) await client.appendToStream(stream, numbered(Math.min(100, events - n), n));
    await client.dispose();
    await node.stop();
  }

  it('takes over the lock of a process that is gone', async () => {
    const node = await startNodeProcess(data);
    await node.stop('SIGKILL');
    expect(existsSync(join(data, 'lock'))).to.equal(true);
    const next = await startNodeProcess(data);
    await next.stop();
    expect(existsSync(join(data, 'lock'))).to.equal(false);
  });

  it('finds the exact tail after a restart', async () => {
    await filled(250);
    const node = await startNodeProcess(data);
    const client = EventStoreDBClient.connectionString(node.url);
    const before = await collect(client.readAll());
    const { position } = await client.appendToStream('kept', numbered(1, 250), { expectedRevision: 249n });
    expect(position?.commit).to.satisfy((at: bigint) => at > (before.at(-1)?.event?.position.commit ?? 0n));
    await client.dispose();
    await node.stop();
  });

  it('detects every flipped byte of an event, and never serves it', async () => {
    await filled(40);
    const whole = readFileSync(join(data, 'events.lmdb'));
    const node = await startNodeProcess(data);
    await node.stop();
    const marks = [...Array(40).keys()].map((n) => whole.indexOf(`{"n":${n}}`)).filter((at) => at > 0);
    expect(marks.length).to.be.greaterThan(30);
    for (const at of marks.slice(0, 10)) {
      const flipped = Buffer.from(whole);
      flipped[at + 2] = (flipped[at + 2] ?? 0) ^ 1;
      writeFileSync(join(data, 'events.lmdb'), flipped);
      expect((await verify(data)).damaged).to.have.length(1);
      const served = await serveAll();
      for (const { event } of served.events) expect(Object.keys(event?.data as object)).to.deep.equal(['n']);
      if (served.events.length < 40) expect(served.error).to.match(/checksum|damaged/);
    }
  });

  async function serveAll(): Promise<{ events: Awaited<ReturnType<typeof collectAll>>; error: string }> {
    const node = await startNodeProcess(data).catch((error: Error) => error.message);
    if (typeof node === 'string') return { events: [], error: node };
    const client = EventStoreDBClient.connectionString(node.url);
    const events: Awaited<ReturnType<typeof collectAll>> = [];
    let error = '';
    try {
      for await (const resolved of client.readStream('kept')) events.push(resolved);
    } catch (thrown) {
      error = (thrown as Error).message;
    }
    await client.dispose();
    await node.stop();
    return { events, error };
  }
  const collectAll = (client: EventStoreDBClient) => collect(client.readStream('kept'));

  it('copies itself consistently while it is written to', async () => {
    const node = await startNodeProcess(data);
    const client = EventStoreDBClient.connectionString(node.url);
    await client.appendToStream('kept', numbered(500));
    let writing = true;
    const writer = (async () => {
      for (let n = 500; writing; n++) await client.appendToStream('kept', numbered(1, n));
    })();
    const target = join(dir.path, 'copy');
    const { lastPosition } = await backup(data, target);
    writing = false;
    await writer;
    await client.dispose();
    await node.stop();
    const checked = await verify(target);
    expect(checked.damaged).to.deep.equal([]);
    expect(checked.events).to.be.at.least(500);
    expect(checked.lastPosition).to.equal(lastPosition);
    const restored = EventStore.open(target);
    expect(restored.durable).to.equal(lastPosition);
    await restored.close();
    expect(runNode('backup', '--dir', data, '--to', target).stderr).to.include('exists already');
    expect(readdirSync(dir.path).sort()).to.deep.equal(['copy', 'data']);
  });

  it('frees the space of what nobody can read, and moves nothing else', async () => {
    const node = await startNodeProcess(data);
    const client = EventStoreDBClient.connectionString(node.url);
    for (const stream of ['deleted', 'truncated', 'counted', 'expired', 'tombstoned', 'whole']) {
      await client.appendToStream(stream, numbered(50));
    }
    await client.deleteStream('deleted');
    await client.setStreamMetadata('truncated', { truncateBefore: 40 });
    await client.setStreamMetadata('counted', { maxCount: 5 });
    await client.setStreamMetadata('expired', { maxAge: 1 });
    await client.setStreamMetadata('whole', { owner: 'alice' });
    await client.setStreamMetadata('whole', { owner: 'bob' });
    await client.tombstoneStream('tombstoned');
    await sleep(1_100);
    const places = async (): Promise<Map<string, bigint>> => {
      const all = await collect(client.readAll());
      return new Map(all.map(({ event }) => [`${event?.streamId}@${event?.revision}`, event?.position.commit ?? 0n]));
    };
    const before = await places();
    expect(runNode('scavenge', '--url', node.url).stdout).to.equal('scavenged\n');
    const after = await places();
    const count = (stream: string): number => [...after.keys()].filter((key) => key.startsWith(`${stream}@`)).length;
    expect(['deleted', 'truncated', 'counted', 'tombstoned', 'whole'].map(count)).to.deep.equal([1, 10, 5, 1, 50]);
    expect(['expired', '$$whole'].map(count)).to.deep.equal([1, 1]);
    for (const [key, position] of after) expect(before.get(key)).to.equal(position);
    expect(await errorOf(collect(client.readStream('deleted')))).to.be.instanceOf(StreamNotFoundError);
    const { nextExpectedRevision } = await client.appendToStream('deleted', numbered(1));
    expect(nextExpectedRevision).to.equal(50n);
    expect((await collect(client.readStream('whole'))).length).to.equal(50);
    await client.dispose();
    await node.stop();
    expect((await verify(data)).damaged).to.deep.equal([]);
  });
});
