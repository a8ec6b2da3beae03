import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fetchPackage } from '../../infra/local/debian/fetch.ts';
import { libraryPath } from '../../infra/local/debian/library-path.ts';
import { repositoryRoot } from '../../infra/local/root.ts';

/** A record as a consumer of the topic got it. */
export interface KafkaRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Record<string, unknown>;
}

/** Brokers that speak Kafka's protocol over real connections, and a consumer of one topic. */
export interface Kafka {
  readonly brokers: readonly string[];
  readonly records: readonly KafkaRecord[];
  /** Resolves when so many records have been consumed in all. */
  count(most: number): Promise<readonly KafkaRecord[]>;
  stop(): Promise<void>;
}

interface Program {
  readonly command: string;
  readonly env: NodeJS.ProcessEnv;
}

/** kcat: from the PATH, from an earlier run, or from Debian. A text says why there is none. */
export async function findKcat(): Promise<Program | string> {
  const runs = ({ command, env }: Program): boolean =>
    spawnSync(command, ['-V'], { env: { ...process.env, ...env } }).status === 0;
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((place) => ({ command: join(place, 'kcat'), env: {} }));
  const cache = join(repositoryRoot, '.cache', 'kcat');
  const root = join(cache, 'root');
  const unpacked = (): Program => ({ command: join(root, 'usr', 'bin', 'kcat'), env: libraryPath(root) });
  const known = [...onPath, unpacked()].find(runs);
  if (known !== undefined) return known;
  mkdirSync(cache, { recursive: true });
  const wanted = { name: 'kcat', size: '1 MB', packages: [['kcat']], programs: ['kcat'] };
  const problem = await fetchPackage(cache, wanted, () => undefined);
  return problem ?? (runs(unpacked()) ? unpacked() : 'kcat does not run here');
}

/** Starts a cluster of three brokers, which lives within the consumer's process: librdkafka's own, for tests. */
export async function startKafka({ command, env }: Program, topic: string): Promise<Kafka> {
  const records: KafkaRecord[] = [];
  const waiting = new Set<() => void>();
  const asked = [
    '-b',
    'none',
    '-X',
    'test.mock.num.brokers=3',
    '-d',
    'mock',
    '-C',
    '-t',
    topic,
    '-o',
    'beginning',
    '-u',
    '-J',
  ];
  const child: ChildProcess = spawn(command, asked, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { stderr, stdout } = child;
  if (stderr === null || stdout === null) throw new Error('kcat has no output');
  createInterface(stdout).on('line', (line) => {
    records.push(recordOf(JSON.parse(line) as Consumed));
    for (const wake of waiting) wake();
  });
  const brokers = await new Promise<readonly string[]>((resolve, reject) => {
    child.once('exit', () => reject(new Error('kcat ended')));
    createInterface(stderr).on('line', (line) => {
      const [, list] = /bootstrap\.servers=([\d.:,]+)/.exec(line) ?? [];
      if (list !== undefined) resolve(list.split(','));
    });
  });
  return {
    brokers,
    records,
    count: (most) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (records.length < most) return;
          waiting.delete(look);
          resolve(records);
        };
        waiting.add(look);
        look();
      }),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

interface Consumed {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  /** Names and values in turns. */
  readonly headers?: readonly string[];
  readonly payload: string;
}

function recordOf({ headers = [], key, offset, partition, payload }: Consumed): KafkaRecord {
  const pairs = headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? '']] : []));
  return {
    partition,
    offset,
    key,
    headers: Object.fromEntries(pairs) as Record<string, string>,
    value: JSON.parse(payload) as Record<string, unknown>,
  };
}
