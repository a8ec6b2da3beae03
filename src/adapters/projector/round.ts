import type { EventLog, LogPage } from '../../kernel/log.ts';
import type { Database } from '../postgres/database.ts';
import { moveIdle } from './checkpoints.ts';
import type { Convoy } from './convoy.ts';
import { each, type Fallen } from './fallen.ts';
import { prefixesFor } from './interests.ts';
import { keyOf, LeaseLost } from './leases.ts';
import { resume } from './resume.ts';
import type { Track } from './track.ts';

/** Events of one batch, at most. */
export const batchSize = 500;
/** Milliseconds between two saves of checkpoints that moved over nothing. */
const idleSaveMs = 100;

export interface RoundDeps {
  readonly log: EventLog;
  /** The log's pages. */
  readonly pages: Pick<EventLog, 'readAll'>;
  readonly owner: Database;
  readonly convoy: Convoy;
}

/** The lowest position of them all; undefined where one stands at the log's start. */
export function lowest(tracks: Iterable<Track>): bigint | undefined {
  let low: bigint | undefined;
  for (const { position } of tracks) {
    if (position === undefined) return undefined;
    if (low === undefined || position < low) low = position;
  }
  return low;
}

/**
 * Reads one page behind the lowest of the tracks and gives it to all of them.
 *
 * @param upTo events behind this position are left out
 * @throws {StoreUnavailable} the log is away, or the database; where only some needed that, it shows in `fallen`
 */
export async function round(
  { convoy, log, owner, pages }: RoundDeps,
  tracks: readonly Track[],
  upTo?: bigint,
): Promise<{ readonly caughtUp: boolean; readonly next: bigint | undefined; readonly fallen: readonly Fallen[] }> {
  const resumed = await each(tracks, (track) => resume(log, owner, track));
  const able = tracks.filter((track) => !resumed.some((fallen) => fallen.track === track));
  const page = await pages.readAll({
    after: lowest(able),
    max: batchSize,
    typePrefixes: prefixesFor(able.map(({ interests }) => interests)),
  });
  const cut = upTo === undefined ? page : cutAt(page, upTo);
  const fallen = cut.next === undefined ? [] : await convoy.deliver(able, cut, cut.next);
  return { caughtUp: cut.caughtUp, next: cut.next, fallen: [...resumed, ...fallen] };
}

function cutAt(page: LogPage, upTo: bigint): LogPage {
  if (page.next === undefined || page.next < upTo) return page;
  return { events: page.events.filter(({ position }) => position <= upTo), next: upTo, caughtUp: true };
}

/** Saves checkpoints that moved over nothing, together and not too often. */
export class IdleSaver {
  readonly #owner: Database;
  #last = 0;

  constructor(owner: Database) {
    this.#owner = owner;
  }

  /** Milliseconds until the next save is due; undefined where there is nothing to save. */
  dueIn(tracks: readonly Track[]): number | undefined {
    if (!tracks.some(unsaved)) return undefined;
    return Math.max(0, this.#last + idleSaveMs - performance.now());
  }

  /** @returns those that lost their lease */
  async save(tracks: readonly Track[]): Promise<readonly Fallen[]> {
    const due = tracks.filter(unsaved).map((track) => ({ track, to: track.position ?? 0n }));
    if (due.length === 0) return [];
    this.#last = performance.now();
    const moved = await moveIdle(
      this.#owner,
      due.map(({ track, to }) => ({
        name: track.name,
        generation: track.generation,
        epoch: track.epoch,
        owner: track.owner,
        state: track.row.state,
        from: track.saved,
        to,
      })),
    );
    const fallen: Fallen[] = [];
    for (const { track, to } of due) {
      if (moved.has(keyOf(track))) track.idleSaved(to);
      else fallen.push({ track, error: new LeaseLost(`${track.name}: epoch ${track.epoch} is over`) });
    }
    return fallen;
  }
}

function unsaved(track: Track): boolean {
  return track.position !== track.saved;
}
