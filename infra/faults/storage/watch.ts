import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import type { Operation } from './history.ts';
import { Recorder, watchedCalls } from './record.ts';
import { contentsOf, imageAfter, proveWhole } from './replay.ts';
import type { Strace } from './strace.ts';

/** A workload that is run under strace. */
export interface Watched {
  readonly seed: number;
  readonly rounds: number;
  /** A planted fault: the workload says acknowledged before it is. */
  readonly early?: boolean;
  /** A planted fault: a kernel whose fdatasync does nothing and says it did. */
  readonly syncsNothing?: boolean;
}

/**
 * What the event node does to its directory, call by call. The record is proved whole: replayed to its end, it makes the directory that
 * the workload left behind.
 *
 * @throws {BlindRecord} where it is not
 */
export function recordWorkload(strace: Strace, watched: Watched): readonly Operation[] {
  const base = mkdtempSync(join(tmpdir(), 'keyledger-faults-'));
  try {
    const [dir, marks, out] = [join(base, 'log'), join(base, 'marks'), join(base, 'calls')] as const;
    const { status, stderr } = runWatched(strace, watched, { dir, marks, out });
    if (status !== 0) throw new Error(`The workload ended with status ${status}:\n${stderr}`);
    const operations = new Recorder(dir, marks).read(readFileSync(out, 'latin1'));
    proveWhole(imageAfter(operations), contentsOf(dir));
    return operations;
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

function runWatched(
  { command, env }: Strace,
  { early = false, rounds, seed, syncsNothing = false }: Watched,
  { dir, marks, out }: { readonly dir: string; readonly marks: string; readonly out: string },
): { readonly status: number | null; readonly stderr: string } {
  const paths = ['', 'events.lmdb', 'format.json', 'format.json.new', 'lock', 'events.lmdb.new'].map((name) =>
    join(dir, name),
  );
  const options = ['-f', '-y', '-xx', '-s', String(2 ** 26), '-o', out, '-e', `trace=${watchedCalls.join(',')}`];
  const followed = [...paths, dirname(dir), marks].flatMap((path) => ['-P', path]);
  const planted = syncsNothing ? ['-e', 'inject=fdatasync:retval=0'] : [];
  const program = join(import.meta.dirname, `workload${extname(import.meta.filename)}`);
  const asked = ['--dir', dir, '--marks', marks, '--seed', String(seed), '--rounds', String(rounds)];
  return spawnSync(
    command,
    [...options, ...followed, ...planted, process.execPath, program, ...asked, ...(early ? ['--early'] : [])],
    { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 120_000, stdio: ['ignore', 'ignore', 'pipe'] },
  );
}
