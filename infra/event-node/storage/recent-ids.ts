import { LRUCache } from 'lru-cache';

/**
 * A bounded memory of recent event ids: where each went. Retries of writes that expect nothing in particular are recognised by it, as
 * on an EventStoreDB server: recently, not for ever.
 */
export class RecentIds {
  readonly #revisions = new LRUCache<string, number>({ max: 100_000 });

  add(stream: string, id: string, revision: number): void {
    this.#revisions.set(`${stream}\0${id.toLowerCase()}`, revision);
  }

  /** Revision of the event in that stream. */
  find(stream: string, id: string): number | undefined {
    return this.#revisions.get(`${stream}\0${id.toLowerCase()}`);
  }
}
