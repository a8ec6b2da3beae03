import type { EventLog } from '../../kernel/log.ts';
import type { Database } from '../postgres/database.ts';
import { hold, openBatch } from './checkpoints.ts';
import type { Track } from './track.ts';

/** Events that are taken in one transaction: each may be large. */
const pageSize = 16;

/**
 * Reads the events a projection has to know ahead of their place. A live table set looks once, for those behind its own position: what
 * the log loses while it follows, it has seen. One that is built looks again after each page was read: what is missing from the page was told of
 * before.
 */
export class LookAhead {
  readonly #deps: { readonly log: EventLog; readonly owner: Database };
  readonly #track: Track;
  #after: bigint | undefined;
  #state: 'new' | 'looking' | 'looked' = 'new';

  constructor(deps: { readonly log: EventLog; readonly owner: Database }, track: Track) {
    this.#deps = deps;
    this.#track = track;
  }

  /** @throws {LeaseLost} somebody else owns the table set */
  async look(): Promise<void> {
    const { ahead } = this.#track.projection;
    if (ahead === undefined || (this.#state === 'looked' && this.#track.row.state === 'live')) return;
    if (this.#state === 'new') this.#after = this.#track.position;
    this.#state = 'looking';
    for (let caughtUp = false; !caughtUp; ) {
      const page = await this.#deps.log.readAll({ after: this.#after, max: pageSize, typePrefixes: ahead.types });
      const events = page.events.filter(({ type }) => ahead.types.includes(type));
      if (events.length > 0) {
        // It may remember that nothing was kept.
        this.#track.memory.clear();
        await this.#deps.owner.transaction(async (run) => {
          await openBatch(run, this.#track.row.schema);
          await hold(run, this.#track);
          await ahead.take(
            events.map((event) => this.#track.interests.applied(event)),
            run,
          );
        });
      }
      this.#after = page.next;
      caughtUp = page.caughtUp;
    }
    this.#state = 'looked';
  }
}
