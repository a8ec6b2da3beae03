import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { binaryEvent, EventStoreDBClient } from '@eventstore/db-client';
import type { Progress } from '../../local/store.ts';
import { type Chance, chanceOf } from '../random.ts';
import { Checker } from './checker.ts';
import { type Acknowledged, type Asked, digestOf } from './facts.ts';
import { InjectedNode, type Refusal } from './injected-node.ts';
import type { Failure } from './power-loss.ts';
import { findStrace, type Strace } from './strace.ts';

export interface IoErrorsOptions {
  readonly seed: number;
  /** Refusals to try; fewer where the time runs out. */
  readonly refusals: number;
  /** Milliseconds after which no further one is begun. */
  readonly budgetMs?: number;
  readonly log?: Progress;
}

export interface IoErrorsReport {
  readonly refusals: number;
  /** Of these, how many the node met; the others lay behind its last call. */
  readonly met: number;
  /** After how many of them it ended; after the others it went on. */
  readonly ended: number;
  readonly failures: readonly Failure[];
}

/**
 * Has the kernel refuse the n-th call of the event node to its disk. The append fails; the node goes on, which only a full disk lets it,
 * or ends with one sentence; and a restart finds everything that was acknowledged.
 *
 * @throws {MissingComponent} no strace
 */
export async function ioErrors(options: IoErrorsOptions): Promise<IoErrorsReport> {
  const { budgetMs = Number.POSITIVE_INFINITY, log = () => undefined, refusals, seed } = options;
  const strace = await findStrace(log);
  const until = Date.now() + budgetMs;
  const checker = new Checker();
  const failures: Failure[] = [];
  let [done, met, ended] = [0, 0, 0];
  try {
    for (; done < refusals && Date.now() < until; done++) {
      const random = chanceOf(seed * 1_000_003 + done);
      const refusal = pickRefusal(random);
      const base = mkdtempSync(join(tmpdir(), 'keyledger-io-'));
      const tried = await tryRefusal(strace, checker, { dir: join(base, 'log'), random, refusal });
      if (tried.met) met++;
      if (tried.ended) ended++;
      if (tried.problems.length === 0) rmSync(base, { recursive: true, force: true });
      else
        failures.push({
          seed: seed * 1_000_003 + done,
          told: JSON.stringify(refusal),
          dir: base,
          problems: tried.problems,
        });
    }
  } finally {
    checker.close();
  }
  log(`${done} refused calls, ${failures.length} failures`);
  return { refusals: done, met, ended, failures };
}

function pickRefusal(random: Chance): Refusal {
  return {
    call: random.pick(['pwrite64', 'writev', 'fdatasync']),
    error: random.pick(['EIO', 'EIO', 'EIO', 'ENOSPC', 'EROFS']),
    at: 1 + random.below(random.chance(0.3) ? 12 : 60),
    forEver: random.chance(0.4),
  };
}

interface Facts {
  readonly asked: Asked[];
  readonly acknowledged: Acknowledged[];
}

interface Tried {
  readonly met: boolean;
  readonly ended: boolean;
  readonly problems: readonly string[];
}

async function tryRefusal(
  strace: Strace,
  checker: Checker,
  { dir, random, refusal }: { readonly dir: string; readonly random: Chance; readonly refusal: Refusal },
): Promise<Tried> {
  const asked: Asked[] = [];
  const acknowledged: Acknowledged[] = [];
  if (random.chance(0.3)) await fill(strace, dir, random, { asked, acknowledged });
  const node = await InjectedNode.start(strace, dir, refusal);
  if (node.url !== undefined) await writeUntilRefused(node, random, { asked, acknowledged });
  const endedItself = node.hasEnded;
  const status = await node.stop();
  const problems = await checker.check(dir, { asked, acknowledged });
  return { met: node.refused, ended: endedItself, problems: [...endOf(node, status, refusal), ...problems] };
}

/** Something to start on. */
async function fill(strace: Strace, dir: string, random: Chance, facts: Facts): Promise<void> {
  const node = await InjectedNode.start(strace, dir, { call: 'pwrite64', error: 'EIO', at: 60_000, forEver: false });
  await writeUntilRefused(node, random, facts);
  await node.stop();
}

/** Only a refused write may be survived, and only by a full disk; whoever ends says why. */
function endOf(node: InjectedNode, status: number | null, { call, error }: Refusal): string[] {
  if (!node.refused) return status === 0 ? [] : [`The node ended with status ${status} though nothing was refused.`];
  if (status === 0 && error === 'ENOSPC' && call !== 'fdatasync') return [];
  // LMDB's binding writes past the end of its own message about a page that cannot be written, which may end the process.
  if (status === null && call !== 'fdatasync' && /free\(\)|malloc|corrupted/.test(node.lastWords)) return [];
  const isClear = /^keyledger-event-node: .* check the disk/.test(node.lastWords);
  if ((status === 2 || status === 4) && isClear) return [];
  return [`After ${error} from ${call} the node ended with status ${status} and said "${node.lastWords}".`];
}

async function writeUntilRefused(node: InjectedNode, random: Chance, facts: Facts): Promise<void> {
  const client = EventStoreDBClient.connectionString(node.url ?? '');
  let refusedAt = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 40 && round < refusedAt + 5 && !node.hasEnded; round++) {
    const writers = Array.from({ length: 1 + random.below(4) }, (_, n) => append(client, `stream-${n}`, random, facts));
    const written = await Promise.all(writers);
    if (written.every((isWritten) => isWritten)) continue;
    refusedAt = Math.min(refusedAt, round);
    // A node that ends does so within its grace for calls in flight.
    await Promise.race([node.exited, sleep(1_500)]);
  }
  await client.dispose();
}

async function append(
  client: EventStoreDBClient,
  stream: string,
  random: Chance,
  { acknowledged, asked }: Facts,
): Promise<boolean> {
  const event = binaryEvent({ id: randomUUID(), type: 'Written', data: randomBytes(random.below(6_000)) });
  asked.push({ id: event.id, stream, digest: digestOf(event.type, event.data) });
  try {
    const { nextExpectedRevision } = await client.appendToStream(stream, event, { deadline: 5_000 });
    acknowledged.push({ id: event.id, stream, revision: Number(nextExpectedRevision) });
    return true;
  } catch {
    return false;
  }
}
