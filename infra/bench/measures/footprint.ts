import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repositoryRoot } from '../../local/root.ts';
import { startStores } from '../../local/stores.ts';
import { type Figures, inTurn } from '../figures.ts';
import { runtimeStartMs } from '../floor.ts';
import { startInstance, unlimited } from '../instance.ts';
import { load } from '../load/load.ts';
import type { Context, Measure } from '../measure.ts';
import { memoryMiB } from '../memory.ts';
import { peersDir } from '../peers.ts';
import { processorSeconds } from '../process-tree.ts';
import type { Row } from '../row.ts';
import { Usage } from '../usage.ts';

/** `npm ci` of a copy of package files: what they cost before anything can be started. */
function install({ dir, say }: Context, name: string, from: string): Figures {
  say(`npm ci of ${name} in an empty folder`);
  const copy = join(dir, `install-${name}`);
  mkdirSync(copy);
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(from, file), join(copy, file));
  const began = performance.now();
  const { error, status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: copy,
    encoding: 'utf8',
  });
  if (status !== 0) {
    const said = error?.message ?? stderr.trim();
    throw new Usage(`npm ci of ${name} does not work here (${said}): run footprint where the registry can be reached.`);
  }
  return { seconds: (performance.now() - began) / 1_000, MiB: sizeOf(copy) / 1_024 ** 2 };
}

function sizeOf(path: string): number {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** Beside the packages of the peers, which bring a framework and drivers, and neither stores nor tools. */
function installs(context: Context): readonly Row[] {
  const ours = install(context, 'Keyledger', repositoryRoot);
  const peer = install(context, 'peers', peersDir);
  const note = 'Keyledger with PostgreSQL, a runtime, compiler and tests; from npm’s cache where it has them';
  const row = (what: string, unit: 's' | 'MiB', figure: string): Pick<Row, 'name' | 'unit' | 'ours' | 'peer'> => ({
    name: `install: ${what}`,
    unit,
    ours: ours[figure] ?? Number.NaN,
    peer: { value: peer[figure] ?? Number.NaN, name: 'emmett, express and pg' },
  });
  return [
    { ...row('npm ci', 's', 'seconds'), goals: [{ below: 120 }], note },
    { ...row('packages on disk', 'MiB', 'MiB'), goals: [{ below: 500 }] },
  ];
}

/** From the command to the ready line, on nothing and on what was there before, beside what stores and runtime take without the product. */
async function starts(context: Context): Promise<readonly Row[]> {
  let folders = 0;
  const fresh = (): string => join(context.dir, `start-${folders++}`);
  const [ours, alone] = [fresh(), fresh()];
  const product = async (dir: string): Promise<Figures> => {
    const instance = await startInstance(dir);
    await instance.stop();
    return { seconds: instance.startedMs / 1_000 };
  };
  const bare = async (dir: string): Promise<Figures> => {
    const began = performance.now();
    await runtimeStartMs();
    const stores = await startStores({ dir, given: noneGiven, log: () => undefined });
    const seconds = (performance.now() - began) / 1_000;
    await stores.stop();
    return { seconds };
  };
  await Promise.all([product(ours), bare(alone)]);
  const contenders = {
    first: () => product(fresh()),
    firstAlone: () => bare(fresh()),
    again: () => product(ours),
    againAlone: () => bare(alone),
  };
  const taken = await inTurn(context.rounds, contenders, (text) => context.say(`start: ${text}`));
  const row = (what: string, times: 'first' | 'again', goal: number): Row => ({
    name: `cold start to ready, ${what}`,
    unit: 's',
    ours: taken[times]['seconds'] ?? Number.NaN,
    floor: { value: taken[`${times}Alone`]['seconds'] ?? Number.NaN, of: 'runtime and stores alone' },
    goals: [{ below: goal, times: 'floor' }],
  });
  return [row('first time', 'first', 2), row('on existing data', 'again', 4)];
}

const noneGiven = {
  eventStoreUrl: undefined,
  databaseUrl: undefined,
  databaseOwnerUrl: undefined,
  redisUrl: undefined,
};

/** What one that runs and is asked nothing takes, and how much memory it takes under load. */
async function running(context: Context): Promise<readonly Row[]> {
  const { pid, url, ...instance } = await startInstance(join(context.dir, 'running'));
  context.atEnd(() => instance.stop());
  const headers = await unlimited(url, instance.administrator);
  await sleep(context.quick ? 1_000 : 15_000);
  const seconds = context.quick ? 2 : 40;
  context.say(`idle, for ${seconds} seconds`);
  const before = processorSeconds(pid);
  await sleep(seconds * 1_000);
  const share = ((processorSeconds(pid) - before) / seconds) * 100;
  const idle = memoryMiB(pid);
  const most = { own: 0, all: 0 };
  const watch = setInterval(() => {
    const now = memoryMiB(pid);
    most.own = Math.max(most.own, now.own);
    most.all = Math.max(most.all, now.all);
  }, 500);
  context.say('under load');
  const work = { kind: 'versions', tag: 'memory', bytes: 400 } as const;
  await load({ url, headers, inFlight: 64, seconds: context.seconds * 2, work });
  clearInterval(watch);
  const note = 'shared pages counted once (PSS)';
  return [
    { name: 'processor idle, all processes, of one core', unit: '%', ours: share, goals: [{ below: 6 }] },
    { name: 'memory idle, Keyledger', unit: 'MiB', ours: idle.own, goals: [{ below: 200 }], note },
    { name: 'memory idle, with its stores', unit: 'MiB', ours: idle.all, goals: [{ below: 400 }], note },
    { name: 'memory under load, Keyledger, most', unit: 'MiB', ours: most.own, goals: [{ below: 300 }], note },
    { name: 'memory under load, with its stores, most', unit: 'MiB', ours: most.all, goals: [{ below: 700 }], note },
  ];
}

export const measure: Measure = {
  name: 'footprint',
  about: 'install, cold start beside that of its stores alone, and what an instance takes idle and under load',
  run: async (context) => [...installs(context), ...(await starts(context)), ...(await running(context))],
};
