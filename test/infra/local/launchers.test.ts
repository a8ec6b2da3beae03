import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { DirectoryInUse } from '../../../infra/local/claim.ts';
import { startEventNode } from '../../../infra/local/event-node.ts';
import { connected } from '../../../infra/local/postgres/database.ts';
import { type RunningPostgres, startPostgres } from '../../../infra/local/postgres.ts';
import { identityOf } from '../../../infra/local/process-table.ts';
import { startRedis } from '../../../infra/local/redis.ts';
import type { RunningStore, StoreOptions } from '../../../infra/local/store.ts';
import { sharedStores } from '../../support/stores.ts';

type Launcher = Readonly<{
  name: 'postgres' | 'redis' | 'event-node';
  start: (options: StoreOptions) => Promise<RunningStore>;
  write: (store: RunningStore) => Promise<void>;
  read: (store: RunningStore) => Promise<unknown>;
}>;

async function withRedis<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

async function withLog<T>(url: string, work: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
  const client = EventStoreDBClient.connectionString(url);
  try {
    return await work(client);
  } finally {
    await client.dispose();
  }
}

const launchers: Launcher[] = [
  {
    name: 'postgres',
    start: startPostgres,
    write: ({ ownerUrl }: RunningStore & Partial<RunningPostgres>) =>
      connected(
        ownerUrl ?? '',
        async (client) => void (await client.query("create table kept as select 'kept' as word")),
      ),
    read: ({ ownerUrl }: RunningStore & Partial<RunningPostgres>) =>
      connected(ownerUrl ?? '', async (client) => (await client.query('select word from kept')).rows[0].word),
  },
  {
    name: 'redis',
    start: startRedis,
    write: ({ url }) => withRedis(url, async (client) => void (await client.set('word', 'kept'))),
    read: ({ url }) => withRedis(url, (client) => client.get('word')),
  },
  {
    name: 'event-node',
    start: startEventNode,
    write: ({ url }) =>
      withLog(
        url,
        async (client) =>
          void (await client.appendToStream('words', jsonEvent({ type: 'Said', data: { word: 'kept' } }))),
      ),
    read: ({ url }) =>
      withLog(url, async (client) => {
        for await (const { event } of client.readStream<{ type: 'Said'; data: { word: string } }>('words'))
          return event?.data.word;
        return undefined;
      }),
  },
];

for (const { name, start, write, read } of launchers) {
  describe(`launcher of ${name}`, () => {
    let dir: string;
    const stores: RunningStore[] = [];
    const holders: ChildProcess[] = [];

    beforeEach(() => {
      dir = sharedStores().scratch('launcher');
    });
    afterEach(async () => {
      for (const holder of holders.splice(0)) holder.kill('SIGKILL');
      await Promise.all(stores.splice(0).map((store) => store.stop()));
    });

    async function started(options: Partial<StoreOptions> = {}): Promise<RunningStore> {
      const store = await start({ dir, durable: false, ...options });
      stores.push(store);
      return store;
    }

    async function held(): Promise<{ holder: ChildProcess; pid: number; error?: string }> {
      const holder = spawn(process.execPath, [fileURLToPath(new URL('./holder.js', import.meta.url)), name, dir]);
      holders.push(holder);
      const [line] = await once(holder.stdout, 'data');
      return { holder, ...JSON.parse(String(line)) };
    }

    it('keeps the data from one start to the next', async () => {
      const first = await started({ durable: true });
      await write(first);
      await first.stop();
      expect(identityOf(first.pid)).to.equal(undefined);
      const second = await started({ durable: true });
      expect(await read(second)).to.equal('kept');
    });

    it('lets nobody else read its passwords, settings and log', async () => {
      await started();
      const files = readdirSync(dir, { withFileTypes: true }).filter(
        (entry) => entry.isFile() && entry.name !== 'location',
      );
      expect(files.map((entry) => entry.name)).to.include(`${name}.log`);
      for (const file of files) expect(statSync(join(dir, file.name)).mode & 0o077, file.name).to.equal(0);
    });

    it('runs beside another instance', async () => {
      const one = await started();
      await write(one);
      const two = await started({ dir: sharedStores().scratch('launcher') });
      await write(two);
      expect(one.port).not.to.equal(two.port);
      await two.stop();
      expect(await read(one)).to.equal('kept');
    });

    it('refuses a second start on the same data, naming the process that holds it', async () => {
      const { holder } = await held();
      const error = await started().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(DirectoryInUse);
      expect((error as Error).message)
        .to.contain(dir)
        .and.contain(`process ${holder.pid}`);
    });

    it('refuses it within one process too', async () => {
      const store = await started();
      expect(await started().catch((error: Error) => error.name)).to.equal('DirectoryInUse');
      expect(identityOf(store.pid)).to.be.a('string');
    });

    it('ends with a parent that is killed, and starts again on the data', async () => {
      const { holder, pid } = await held();
      holder.kill('SIGKILL');
      await gone(pid);
      expect((await started()).pid).not.to.equal(pid);
    });

    it('ends what a killed parent left behind', async () => {
      const { holder, pid } = await held();
      killGuards(holder.pid ?? 0);
      holder.kill('SIGKILL');
      await once(holder, 'exit');
      expect(identityOf(pid)).to.be.a('string');
      const lines: string[] = [];
      await started({ log: (line) => lines.push(line) });
      expect(identityOf(pid)).to.equal(undefined);
      expect(lines.join()).to.contain('left behind');
    });

    it('tells when the child ends by itself, and starts again on the data', async () => {
      const store = await started();
      process.kill(store.pid, 'SIGKILL');
      expect(await store.exited).to.deep.equal({ code: null, signal: 'SIGKILL', expected: false });
      await store.stop();
      expect(identityOf((await started()).pid)).to.be.a('string');
    });

    it('tells when it was asked to end', async () => {
      const store = await started();
      await store.stop();
      expect(await store.exited).to.include({ expected: true });
    });

    it('says in a sentence that a port is taken, and leaves nothing running', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      const error = await started({ port }).catch((reason: Error) => reason);
      server.close();
      expect(error).to.include({ name: 'StoreFailed' });
      expect((error as Error).message).to.contain(String(port));
      expect(identityOf((await started({ port })).pid)).to.be.a('string');
    });
  });
}

async function gone(pid: number): Promise<void> {
  while (identityOf(pid) !== undefined) await sleep(20);
}

/** Takes away the shells that would end the children of a killed parent. */
function killGuards(parent: number): void {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  for (const line of table.split('\n')) {
    const [pid, ppid] = line.trim().split(/\s+/).map(Number);
    if (ppid === parent && line.includes('keyledger-guard')) process.kill(pid ?? 0, 'SIGKILL');
  }
}
