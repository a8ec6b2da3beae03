import { rawSql } from '../../kernel/sql.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import { Backoff, pause } from './backoff.ts';
import { isFinal } from './failures.ts';
import type { Reader, ReaderDeps } from './reader.ts';
import { swap } from './swap.ts';
import { ident, liveSchema } from './tables.ts';
import type { Track } from './track.ts';

/** Milliseconds between two lines about a long build. */
const progressMs = 5_000;

/** Tells how far a build is, every few seconds, until the returned function is called. */
export function tellProgress(deps: Pick<ReaderDeps, 'log' | 'telemetry'>, track: Track): () => void {
  const startedAt = performance.now();
  const timer = setInterval(() => {
    deps.log.head().then(
      (head) => tell(deps.telemetry, track, { head, seconds: Math.round((performance.now() - startedAt) / 1_000) }),
      () => undefined,
    );
  }, progressMs);
  return () => clearInterval(timer);
}

function tell(
  { log }: Telemetry,
  track: Track,
  { head, seconds }: { readonly head: bigint | undefined; readonly seconds: number },
): void {
  const position = track.position ?? 0n;
  const percent = head === undefined || head === 0n ? 100 : Math.floor(Number((position * 1_000n) / head) / 10);
  const facts = { projection: track.name, version: track.row.version, position: String(position), percent, seconds };
  log.info(facts, 'building the read model from the log');
}

/**
 * Reads until the build has caught up, and swaps it in.
 *
 * @param reader reads for this track alone
 * @returns whether it is live now: false where the signal aborted, or the reader gave the track up
 */
export async function buildAndSwap(
  deps: Pick<ReaderDeps, 'log' | 'owner' | 'telemetry' | 'onGivenUp'>,
  { reader, track }: { readonly reader: Reader; readonly track: Track },
  signal: AbortSignal,
): Promise<boolean> {
  const quiet = tellProgress(deps, track);
  const backoff = new Backoff();
  let sized = false;
  try {
    while (!signal.aborted && reader.tracks.includes(track)) {
      if ((await reader.step()) !== true || signal.aborted) continue;
      if (!sized) {
        // Once, since the live one moves on meanwhile: the next page catches up with it.
        sized = true;
        await knowSizes(deps, track);
      } else if (await swapIn(deps, { reader, track }, backoff)) return true;
      else await pause(Math.min(backoff.next(), 1_000), signal);
    }
    return false;
  } finally {
    quiet();
  }
}

/** Without it, plans take the tables for nearly empty until autovacuum comes by. Where it fails, that is the worst of it. */
async function knowSizes(
  { owner, telemetry }: Pick<ReaderDeps, 'owner' | 'telemetry'>,
  { name, row }: Track,
): Promise<void> {
  const tables = row.tables.map((table) => `${ident(row.schema)}.${ident(table)}`).join(', ');
  await owner.run(rawSql(`analyze ${tables}`)).catch((error: Error) => {
    telemetry.log.warn({ projection: name, error: error.message }, 'the sizes of the new tables are not known');
  });
}

async function swapIn(
  { owner, telemetry, onGivenUp }: Pick<ReaderDeps, 'owner' | 'telemetry' | 'onGivenUp'>,
  { reader, track }: { readonly reader: Reader; readonly track: Track },
  backoff: Backoff,
): Promise<boolean> {
  try {
    await reader.flush();
    if (!reader.tracks.includes(track)) return false;
    if (await swap(owner, track)) {
      track.published({ state: 'live', schema: liveSchema });
      telemetry.log.info(
        { projection: track.name, version: track.row.version },
        'the read model was rebuilt and is live',
      );
      return true;
    }
    // The live one moved on meanwhile: the next page catches up with it.
    backoff.succeeded();
  } catch (error) {
    if (isFinal(error)) {
      reader.remove(track);
      onGivenUp(track, error);
    } else
      telemetry.log.warn(
        { projection: track.name, error: (error as Error).message },
        'not swapped in yet; trying again',
      );
  }
  return false;
}
