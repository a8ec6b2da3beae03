import { randomBytes, randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStore } from '../../event-node/storage/event-store.ts';
import { fileLength } from '../../event-node/storage/length.ts';
import type { Progress } from '../../local/store.ts';
import { type Chance, chanceOf } from '../random.ts';
import { Checker } from './checker.ts';
import { harmOf } from './harm.ts';
import type { Failure } from './power-loss.ts';
import type { ReadOut } from './read-out.ts';

export interface BitFlipsOptions {
  readonly seed: number;
  /** Flips to try, each alone; fewer where the time runs out. */
  readonly flips: number;
  /** Milliseconds after which no further one is begun. */
  readonly budgetMs?: number;
  readonly log?: Progress;
}

/** What came of flips, by what a client saw. */
export interface BitFlipsReport {
  readonly flips: number;
  /** Nothing was served otherwise than before. */
  readonly harmless: number;
  /** A call failed with a word about it, or the node did not start. */
  readonly told: number;
  /** The process ended. */
  readonly ended: number;
  /** Something was served that is not true: changed, or hidden. */
  readonly failures: readonly Failure[];
}

/**
 * Turns single bits of the event node's file over, and holds what a client is then shown against what it was shown before.
 */
export async function bitFlips(options: BitFlipsOptions): Promise<BitFlipsReport> {
  const { budgetMs = Number.POSITIVE_INFINITY, flips, log = () => undefined, seed } = options;
  const until = Date.now() + budgetMs;
  const checker = new Checker();
  const base = mkdtempSync(join(tmpdir(), 'keyledger-flips-'));
  const whole = join(base, 'whole');
  const failures: Failure[] = [];
  const counts = { harmless: 0, told: 0, ended: 0 };
  let done = 0;
  try {
    const streams = await fill(whole, chanceOf(seed));
    const copy = join(base, 'copy');
    copyDirectory(whole, copy);
    const truth = (await checker.readOut(copy, streams)) as ReadOut;
    for (; done < flips && Date.now() < until; done++) {
      const dir = join(base, `flip-${done}`);
      copyDirectory(whole, dir);
      const told = flipOne(join(dir, 'events.lmdb'), chanceOf(seed * 1_000_003 + done));
      const { kind, problems } = harmOf(truth, await checker.readOut(dir, streams));
      if (kind !== 'served') counts[kind]++;
      if (kind === 'served') failures.push({ seed: seed * 1_000_003 + done, told, dir, problems });
      else rmSync(dir, { recursive: true, force: true });
    }
  } finally {
    checker.close();
    if (failures.length === 0) rmSync(base, { recursive: true, force: true });
  }
  log(`${done} flips, ${failures.length} served as truth`);
  return { flips: done, ...counts, failures };
}

/** Streams of many lengths, some with metadata, so that every table has several pages. */
async function fill(dir: string, random: Chance): Promise<readonly string[]> {
  const store = EventStore.open(dir);
  const streams = Array.from({ length: 150 }, (_, n) => (n % 5 === 0 ? `$$stream-${n}` : `stream-${n}`));
  for (let round = 0; round < 100; round++) {
    const writes = Array.from({ length: 12 }, () => random.pick(streams)).map((stream) =>
      store.write({
        stream,
        expected: 'any',
        kind: 'append',
        isExpired: () => false,
        events: [
          {
            id: randomUUID(),
            type: 'Flipped',
            contentType: 'application/octet-stream',
            data: randomBytes(random.below(900)),
            metadata: new Uint8Array(),
          },
        ],
      }),
    );
    await Promise.all(writes);
  }
  const written = streams.filter((stream) => store.streams.head(stream) !== undefined);
  await store.close();
  return written;
}

function copyDirectory(from: string, to: string): void {
  mkdirSync(to);
  for (const name of ['events.lmdb', 'format.json']) copyFileSync(join(from, name), join(to, name));
}

function flipOne(path: string, random: Chance): string {
  const bytes = readFileSync(path);
  // Behind the last page there is room for later ones, and nothing to be damaged.
  const at = random.below(fileLength(path)?.shouldBe ?? bytes.length);
  const bit = random.below(8);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  writeFileSync(path, bytes);
  return `bit ${bit} of byte ${at % 4_096} of page ${Math.floor(at / 4_096)}`;
}
