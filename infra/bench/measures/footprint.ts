import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repositoryRoot } from '../../local/root.ts';
import { median } from '../figures.ts';
import { runtimeStartMs } from '../floor.ts';
import { startInstance, unlimited } from '../instance.ts';
import { load } from '../load/load.ts';
import type { Context, Measure } from '../measure.ts';
import { memoryMiB } from '../memory.ts';
import type { Row } from '../row.ts';
import { Usage } from '../usage.ts';

/** `npm ci` of the product in a copy of its package files: what a clone costs before it can be started. */
function install({ dir, say }: Context): readonly Row[] {
  say('npm ci in a copy');
  const copy = join(dir, 'install');
  mkdirSync(copy);
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(repositoryRoot, file), join(copy, file));
  const began = performance.now();
  const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: copy,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Usage(`npm ci does not work here, and the row footprint needs it. npm says: ${stderr}`);
  const seconds = (performance.now() - began) / 1_000;
  return [
    { name: 'install: npm ci', unit: 's', ours: seconds },
    { name: 'install: packages on disk', unit: 'MiB', ours: sizeOf(copy) / 1_024 ** 2 },
  ];
}

function sizeOf(path: string): number {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** From the command to the ready line: on nothing, and on what was there before. */
async function starts(context: Context): Promise<readonly Row[]> {
  const first: number[] = [];
  const again: number[] = [];
  for (let n = 0; n < context.rounds; n++) {
    context.say(`starts, round ${n + 1} of ${context.rounds}`);
    const dir = join(context.dir, `start-${n}`);
    for (const times of [first, again]) {
      const instance = await startInstance(dir);
      times.push(instance.startedMs / 1_000);
      await instance.stop();
    }
  }
  const floor = { value: (await runtimeStartMs()) / 1_000, of: 'for the runtime alone' };
  return [
    { name: 'cold start to ready, first time', unit: 's', ours: median(first), floor },
    { name: 'cold start to ready, on existing data', unit: 's', ours: median(again), floor },
  ];
}

async function memory(context: Context): Promise<readonly Row[]> {
  const instance = await startInstance(join(context.dir, 'memory'));
  context.atEnd(() => instance.stop());
  const headers = await unlimited(instance.url, instance.administrator);
  await sleep(context.quick ? 1_000 : 10_000);
  const idle = memoryMiB(instance.pid);
  const most = { own: 0, all: 0 };
  const watch = setInterval(() => {
    const now = memoryMiB(instance.pid);
    most.own = Math.max(most.own, now.own);
    most.all = Math.max(most.all, now.all);
  }, 500);
  const seconds = context.seconds * 2;
  const { url } = instance;
  await load({ url, headers, inFlight: 64, seconds, work: { kind: 'versions', tag: 'memory', bytes: 400 } });
  clearInterval(watch);
  return [
    { name: 'memory idle, Keyledger', unit: 'MiB', ours: idle.own },
    { name: 'memory idle, with its stores', unit: 'MiB', ours: idle.all },
    { name: 'memory under load, Keyledger, most', unit: 'MiB', ours: most.own },
    { name: 'memory under load, with its stores, most', unit: 'MiB', ours: most.all },
  ];
}

export const measure: Measure = {
  name: 'footprint',
  about: 'install, cold start and memory; no goals',
  run: async (context) => [...install(context), ...(await starts(context)), ...(await memory(context))],
};
