import type { Filters } from '../../domain/audit/streaming/filters.ts';
import type { LogPage } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { LogTail } from '../tail/log-tail.ts';
import { type Packed, pack, wanted } from './parcels.ts';
import { type Feed, type Loaded, liveFeed, type Place } from './rows.ts';

/** Milliseconds after which it is noted that a feed has passed events it does not want. */
const noteMs = 5_000;
/** Pages of unwanted events passed over in one turn. */
const mostPages = 20;

interface FeedsOptions {
  readonly place: Place;
  readonly filters: Filters;
  readonly loaded: Loaded;
  readonly tail: LogTail;
  readonly clock: Clock;
}

/** The feeds of one subscription: what happens, and the ranges that are replayed, in turns. */
export class Feeds {
  readonly #options: FeedsOptions;
  readonly #feeds: Feed[];
  readonly #moved = new Set<Feed>();
  #notedAt: number;

  constructor(options: FeedsOptions) {
    this.#options = options;
    this.#feeds = options.loaded.feeds.filter(({ done }) => !done);
    this.#notedAt = options.clock.now();
  }

  get livePosition(): bigint {
    return this.#feeds.find(({ feed }) => feed === liveFeed)?.position ?? 0n;
  }

  /** The next events that are wanted, `most` in all; undefined where there are none and nothing is worth noting. */
  async next(most: number): Promise<{ readonly packed: readonly Packed[] } | undefined> {
    for (const feed of [...this.#feeds]) {
      const packed = await this.#of(feed, most);
      if (packed.length > 0 || feed.done) {
        // The other feeds come first in the next turn.
        this.#feeds.splice(this.#feeds.indexOf(feed), 1);
        if (!feed.done) this.#feeds.push(feed);
        return { packed };
      }
    }
    const now = this.#options.clock.now();
    return this.#moved.size > 0 && now - this.#notedAt >= noteMs ? { packed: [] } : undefined;
  }

  /** The feeds that have moved since this was last asked. */
  advanced(): readonly Feed[] {
    const moved = [...this.#moved];
    this.#moved.clear();
    this.#notedAt = this.#options.clock.now();
    return moved;
  }

  async #of(feed: Feed, most: number): Promise<readonly Packed[]> {
    for (let pages = 0; pages < mostPages; pages++) {
      const page = await this.#options.tail.read(feed.position);
      const { packed, upTo } = this.#window(feed, page, most);
      this.#move(feed, upTo);
      if (packed.length > 0 || page.events.length === 0 || feed.done) return packed;
    }
    return [];
  }

  /** What of a page is wanted, and how far that goes. Events of one position are not parted: a cursor cannot stand between them. */
  #window(feed: Feed, page: LogPage, most: number): { readonly packed: readonly Packed[]; readonly upTo: bigint } {
    const { filters, place } = this.#options;
    const packed: Packed[] = [];
    let upTo = feed.position;
    for (const stored of page.events) {
      const over = feed.until !== undefined && stored.position > feed.until;
      if (over) return { packed, upTo: feed.until ?? upTo };
      if (packed.length >= most && stored.position !== upTo) return { packed, upTo };
      const event = wanted(place, filters, stored);
      if (event !== undefined) packed.push(pack(place, feed.feed, stored, event));
      upTo = stored.position;
    }
    return { packed, upTo: page.next ?? upTo };
  }

  #move(feed: Feed, position: bigint): void {
    if (feed.until !== undefined && position >= feed.until) feed.done = true;
    if (position === feed.position && !feed.done) return;
    feed.position = position;
    this.#moved.add(feed);
  }
}
