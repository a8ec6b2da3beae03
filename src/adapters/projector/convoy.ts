import type { LogPage } from '../../kernel/log.ts';
import { StoreUnavailable } from '../../kernel/unavailable.ts';
import type { Database } from '../postgres/database.ts';
import { commitTogether } from './commit.ts';
import { each, type Fallen } from './fallen.ts';
import type { Due, Track } from './track.ts';

/** Pages over which one goes alone that has held up the others. */
const alonePages = 64;

/** Brings tracks over pages of the log: live ones together, in one transaction a page; what cannot go so, each in a transaction of its own. */
export class Convoy {
  readonly #owner: Database;
  /** Those that go alone, and over how many pages yet. */
  readonly #alone = new WeakMap<Track, number>();

  constructor(owner: Database) {
    this.#owner = owner;
  }

  /**
   * @param next the position up to which the page goes
   * @returns the tracks that could not follow
   * @throws {StoreUnavailable} none of those that go together could
   */
  async deliver(tracks: readonly Track[], page: LogPage, next: bigint): Promise<readonly Fallen[]> {
    // Where there is more to come, each its own transaction: then one plans while another is written.
    if (!page.caughtUp) return each(tracks, async (track) => goAlone(await prepared(track, page, next)));
    const due = new Map<Track, Due>();
    const unprepared = await each(tracks, async (track) => {
      due.set(track, await prepared(track, page, next));
    });
    const joined = [...due.values()].filter((one) => this.#joins(one));
    if (await this.#commit(joined)) for (const { track } of joined) due.delete(track);
    const fallen = await each([...due.keys()], async (track) => goAlone(due.get(track)));
    for (const one of joined) if (isAtFault(one, fallen)) this.#alone.set(one.track, alonePages);
    return [...unprepared, ...fallen];
  }

  #joins({ plan, track, until }: Due): boolean {
    const pages = this.#alone.get(track) ?? 0;
    if (pages > 0) this.#alone.set(track, pages - 1);
    const sound = plan.poison.length === 0 && plan.stoppedBy === undefined;
    const onward = until !== undefined && until > (track.position ?? -1n);
    return pages === 0 && sound && onward && track.row.state === 'live';
  }

  /** @returns false where each has to go alone; there it shows which of them is at fault */
  async #commit(joined: readonly Due[]): Promise<boolean> {
    if (joined.length < 2 || joined.every(isIdle)) return false;
    const batches = joined.map(({ plan, track, until = 0n }) => track.batch(plan, until));
    try {
      await this.#owner.transaction((run, commit) => commitTogether(run, commit, batches));
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      return false;
    }
    for (const { plan, track, until = 0n } of joined) track.committed(plan, until);
    return true;
  }
}

async function prepared(track: Track, page: LogPage, next: bigint): Promise<Due> {
  const from = track.position ?? -1n;
  const events = page.events.filter(({ position, type }) => position > from && track.interests.wants(type));
  return track.prepare(events, next);
}

async function goAlone(due: Due | undefined): Promise<void> {
  if (due === undefined) return;
  if (isIdle(due)) due.track.idleUntil(due.until ?? 0n);
  else await due.track.applyPrepared(due);
}

/** Nothing is there for it but a place to be at. */
function isIdle({ plan, until }: Due): boolean {
  return until !== undefined && plan.stoppedBy === undefined && plan.steps.length === 0 && plan.poison.length === 0;
}

/** Alone it fell, or had to park a stream. One that went with the others did neither. */
function isAtFault({ parkedBefore, track }: Due, fallen: readonly Fallen[]): boolean {
  return track.parked.size > parkedBefore || fallen.some((each) => each.track === track);
}
