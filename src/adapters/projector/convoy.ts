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
    const due = new Map<Track, Due>();
    const unprepared = await each(tracks, async (track) => {
      const from = track.position ?? -1n;
      if (from >= next) return;
      const events = page.events.filter(({ position, type }) => position > from && track.interests.wants(type));
      due.set(track, await track.prepare(events, next));
    });
    const joined = [...due.values()].filter((each) => this.#joins(each));
    if (await this.#commit(joined)) {
      for (const { track } of joined) due.delete(track);
      return [...unprepared, ...(await goAlone([...due.values()]))];
    }
    const fallen = await goAlone([...due.values()]);
    for (const { parkedBefore, track } of joined) {
      const atFault = track.parked.size > parkedBefore || fallen.some((each) => each.track === track);
      if (atFault) this.#alone.set(track, alonePages);
    }
    return [...unprepared, ...fallen];
  }

  #joins({ plan, track, until }: Due): boolean {
    const pages = this.#alone.get(track) ?? 0;
    if (pages > 0) this.#alone.set(track, pages - 1);
    const sound = plan.poison.length === 0 && plan.stoppedBy === undefined && until !== undefined;
    return pages === 0 && sound && track.row.state === 'live';
  }

  /** @returns false where each has to go alone; there it shows which of them is at fault */
  async #commit(joined: readonly Due[]): Promise<boolean> {
    if (joined.length < 2 || joined.every(isIdle)) return false;
    const batches = joined.map(({ plan, track, until = 0n }) => track.batch(plan, until));
    try {
      await this.#owner.transaction((run) => commitTogether(run, batches));
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      return false;
    }
    for (const { plan, track, until = 0n } of joined) track.committed(plan, until);
    return true;
  }
}

async function goAlone(due: readonly Due[]): Promise<readonly Fallen[]> {
  const of = new Map(due.map((each) => [each.track, each]));
  return each([...of.keys()], async (track) => {
    const own = of.get(track);
    if (own !== undefined && isIdle(own)) track.idleUntil(own.until ?? 0n);
    else if (own !== undefined) await track.applyPrepared(own);
  });
}

/** Nothing is there for it but a place to be at. */
function isIdle({ plan, until }: Due): boolean {
  return until !== undefined && plan.stoppedBy === undefined && plan.steps.length === 0 && plan.poison.length === 0;
}
