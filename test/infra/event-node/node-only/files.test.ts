import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  EventStoreDBClient,
  jsonEvent,
  StreamNotFoundError,
  UnavailableError,
  UnknownError,
} from '@eventstore/db-client';
import { expect } from 'chai';
import { backup } from '../../../../infra/event-node/storage/backup.ts';
import { EventStore } from '../../../../infra/event-node/storage/event-store.ts';
import { verify } from '../../../../infra/event-node/storage/verify.ts';
import { collect, errorOf, numbered, startNodeProcess, temporaryDirectory } from '../support.ts';

const program = join(import.meta.dirname, '../../../../infra/event-node/main.js');

function run(...args: readonly string[]): {
  readonly status: number | null;
  readonly stderr: string;
  readonly stdout: string;
} {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 15_000 });
}

describe('event node: files', () => {
  let dir: ReturnType<typeof temporaryDirectory>;
  let data: string;
  beforeEach(() => {
    dir = temporaryDirectory();
    data = join(dir.path, 'data');
  });
  afterEach(() => {
    // The small disk of one of the tests; elsewhere there is nothing to unmount.
    spawnSync('umount', [join(dir.path, 'small')]);
    dir.remove();
  });

  async function filled(events: number, stream = 'kept'): Promise<void> {
    const node = await startNodeProcess(data);
    const client = EventStoreDBClient.connectionString(node.url);
    for (let n = 0; n < events; n += 100) await client.appendToStream(stream, numbered(Math.min(100, events - n), n));
    await client.dispose();
    await node.stop();
  }

  describe('what it refuses, in one sentence, with nothing changed', () => {
    const sentence = /^keyledger-event-node: [^\n]+\n$/;

    it('a directory in use', async () => {
      const node = await startNodeProcess(data);
      const second = run('--dir', data, '--port', '0');
      expect(second.status).to.equal(2);
      expect(second.stderr).to.match(sentence).and.to.include(`in use by process ${node.child.pid}`);
      await node.stop();
    });

    it('a busy port', async () => {
      const holder = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => holder.once('listening', resolve));
      const { port } = holder.address() as { port: number };
      const result = run('--dir', data, '--port', String(port));
      holder.close();
      expect(result.status).to.equal(2);
      expect(result.stderr).to.match(sentence).and.to.include('port is taken');
    });

    it('a directory of a newer format', async () => {
      await filled(1);
      const format = JSON.stringify({ format: 'keyledger-event-node', version: 99 });
      writeFileSync(join(data, 'format.json'), format);
      const result = run('--dir', data, '--port', '0');
      expect(result.status).to.equal(2);
      expect(result.stderr).to.match(sentence).and.to.include('newer release');
      expect(readFileSync(join(data, 'format.json'), 'utf8')).to.equal(format);
    });

    it('a directory that is somebody else’s', () => {
      mkdirSync(data);
      writeFileSync(join(data, 'format.json'), '{"format":"something"}');
      const result = run('--dir', data, '--port', '0');
      expect(result.stderr).to.match(sentence).and.to.include('not an event node');
    });

    it('a file whose beginning is damaged', async () => {
      await filled(10);
      const handle = openSync(join(data, 'events.lmdb'), 'r+');
      writeSync(handle, Buffer.alloc(8_192, 0xa5), 0, 8_192, 0);
      closeSync(handle);
      const result = run('--dir', data, '--port', '0');
      expect(result.status).to.equal(2);
      expect(result.stderr).to.match(sentence).and.to.include('restore');
      expect(existsSync(join(data, 'lock'))).to.equal(false);
    });

    it('options it does not know', () => {
      const result = run('--dir', data, '--speed', '9');
      expect(result.status).to.not.equal(0);
      expect(result.stderr).to.include("unknown option '--speed'");
      expect(existsSync(data)).to.equal(false);
    });

    it('ports that are none, and half of a key pair', () => {
      expect(run('--dir', data, '--port', '70000').stderr).to.include('0 to 65535');
      expect(run('--dir', data, '--tls-cert', 'x').stderr)
        .to.match(sentence)
        .and.to.include('go together');
    });
  });

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
    expect(run('backup', '--dir', data, '--to', target).stderr).to.include('exists already');
    expect(readdirSync(dir.path).sort()).to.deep.equal(['copy', 'data']);
  });

  it('frees the space of what nobody can read, and moves nothing else', async () => {
    const node = await startNodeProcess(data);
    const client = EventStoreDBClient.connectionString(node.url);
    for (const stream of ['deleted', 'truncated', 'counted', 'tombstoned', 'whole']) {
      await client.appendToStream(stream, numbered(50));
    }
    await client.deleteStream('deleted');
    await client.setStreamMetadata('truncated', { truncateBefore: 40 });
    await client.setStreamMetadata('counted', { maxCount: 5 });
    await client.tombstoneStream('tombstoned');
    const places = async (): Promise<Map<string, bigint>> => {
      const all = await collect(client.readAll());
      return new Map(all.map(({ event }) => [`${event?.streamId}@${event?.revision}`, event?.position.commit ?? 0n]));
    };
    const before = await places();
    expect(run('scavenge', '--url', node.url).stdout).to.equal('scavenged\n');
    const after = await places();
    const count = (stream: string): number => [...after.keys()].filter((key) => key.startsWith(`${stream}@`)).length;
    expect(['deleted', 'truncated', 'counted', 'tombstoned', 'whole'].map(count)).to.deep.equal([1, 10, 5, 1, 50]);
    for (const [key, position] of after) expect(before.get(key)).to.equal(position);
    expect(await errorOf(collect(client.readStream('deleted')))).to.be.instanceOf(StreamNotFoundError);
    const { nextExpectedRevision } = await client.appendToStream('deleted', numbered(1));
    expect(nextExpectedRevision).to.equal(50n);
    expect((await collect(client.readStream('whole'))).length).to.equal(50);
    await client.dispose();
    await node.stop();
    expect((await verify(data)).damaged).to.deep.equal([]);
  });

  it('fails the append and not itself when the disk is full', async function () {
    this.timeout(60_000);
    const mounted = mountSmallDisk(dir.path);
    const target = mounted ?? data;
    const node = await startNodeProcess(target, [], mounted === undefined ? { fileBlocks: 16_384 } : {});
    const client = EventStoreDBClient.connectionString(node.url);
    const large = (n: number) => jsonEvent({ type: 'Large', data: { n, text: 'y'.repeat(500_000) } });
    let written = 0;
    const refused = await errorOf(
      (async () => {
        for (; written < 200; written++) await client.appendToStream('large', large(written), { deadline: 5_000 });
      })(),
    );
    expect(refused).to.satisfy((error: Error) => error instanceof UnknownError || error instanceof UnavailableError);
    expect(written).to.be.greaterThan(2).and.lessThan(200);
    expect(await collect(client.readStream('large'))).to.have.length(written);
    expect(node.child.exitCode).to.equal(null);
    await client.dispose();
    await node.stop();
  });
});

/** A disk of 16 MiB where mounting is allowed; elsewhere a limit on the file's size stands in for it. */
function mountSmallDisk(base: string): string | undefined {
  const path = join(base, 'small');
  mkdirSync(path);
  const result = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', path]);
  return result.status === 0 ? path : undefined;
}
