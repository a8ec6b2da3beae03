import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Progress } from '../../local/store.ts';
import { chanceOf } from '../random.ts';
import { Checker } from './checker.ts';
import type { Operation } from './history.ts';
import { cutPower } from './power-cut.ts';
import { writeImage } from './replay.ts';
import { findStrace } from './strace.ts';
import { recordWorkload, type Watched } from './watch.ts';

export interface PowerLossOptions {
  readonly seed: number;
  /** Images to check; fewer where the time runs out. */
  readonly images: number;
  /** Milliseconds after which no further image is begun. */
  readonly budgetMs?: number;
  readonly log?: Progress;
  /** Faults to plant in what is watched, to prove the check itself: it ends with the first failure, and keeps nothing. */
  readonly planted?: Pick<Watched, 'early' | 'syncsNothing'>;
}

/** A directory that did not do; it is kept. */
export interface Failure {
  readonly seed: number;
  readonly told: string;
  readonly dir: string;
  readonly problems: readonly string[];
}

export interface PowerLossReport {
  readonly images: number;
  readonly recordings: number;
  readonly failures: readonly Failure[];
}

/** Images made of one recording. */
const perRecording = 100;

/**
 * Cuts the power of a node under load, again and again: records what it does to its disk, and for each seed makes the directory that a
 * cut at some instant leaves, starts the node on it, and looks for everything that was acknowledged by then.
 *
 * @throws {MissingComponent} no strace
 */
export async function powerLoss(options: PowerLossOptions): Promise<PowerLossReport> {
  const { budgetMs = Number.POSITIVE_INFINITY, images, log = () => undefined, planted, seed } = options;
  const strace = await findStrace(log);
  const until = Date.now() + budgetMs;
  const failures: Failure[] = [];
  const checker = new Checker();
  let operations: readonly Operation[] = [];
  let done = 0;
  try {
    while (done < images && Date.now() < until && (planted === undefined || failures.length === 0)) {
      if (done % perRecording === 0) {
        log(`${done} power cuts, ${failures.length} failures`);
        operations = recordWorkload(strace, { seed: seed + done / perRecording, rounds: 60, ...planted });
      }
      const failure = await checkOne(checker, operations, seed * 1_000_003 + done);
      if (failure !== undefined) failures.push(failure);
      done++;
    }
  } finally {
    checker.close();
    if (planted !== undefined) for (const { dir } of failures) rmSync(dirname(dir), { recursive: true, force: true });
  }
  return { images: done, recordings: Math.ceil(done / perRecording), failures };
}

async function checkOne(
  checker: Checker,
  operations: readonly Operation[],
  seed: number,
): Promise<Failure | undefined> {
  const { expectation, image, told } = cutPower(operations, chanceOf(seed));
  const base = mkdtempSync(join(tmpdir(), 'keyledger-power-'));
  const dir = join(base, 'log');
  writeImage(dir, image);
  const problems = await checker.check(dir, expectation);
  if (problems.length > 0) return { seed, told, dir, problems };
  rmSync(base, { recursive: true, force: true });
  return undefined;
}
