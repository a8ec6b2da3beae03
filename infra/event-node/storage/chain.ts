import { opened, sealed } from './heads.ts';
import { positionKey, readPosition } from './keys.ts';
import { DamagedRecord, type StoredEvent } from './record.ts';
import type { Tables } from './tables.ts';

/** Position of the very first event. */
export const firstPosition = 64;

/**
 * Events follow each other without a hole: each says how far behind it the next one stands, and what a scavenge takes away is kept as
 * a gap. So an event that a damaged page hides is missed.
 */
export class Chain {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /**
   * Proves that nothing stands between two events; without the first, that the second is where the log begins.
   *
   * @throws {DamagedRecord}
   */
  prove(before: StoredEvent | undefined, after: StoredEvent): void {
    let expected = before === undefined ? firstPosition : before.position + before.advance;
    // Written before events said where the next one stands.
    if (before?.advance === 0) return;
    while (expected < after.position) expected = this.#gapEnd(expected) ?? lost(expected);
    if (expected !== after.position) lost(after.position);
  }

  /** Takes an event away and keeps the gap; inside a transaction. */
  remove({ advance, position }: StoredEvent): void {
    const { events, gaps } = this.#tables;
    const next = advance === 0 ? this.#positionAfter(position) : position + advance;
    events.removeSync(positionKey(position));
    const end = this.#gapEnd(next) ?? next;
    if (end !== next) gaps.removeSync(positionKey(next));
    const left = this.#gapBefore(position);
    this.keepGap(left?.end === position ? left.start : position, end);
  }

  keepGap(start: number, end: number): void {
    const key = positionKey(start);
    this.#tables.gaps.putSync(key, sealed(key, [8, end]));
  }

  #positionAfter(position: number): number {
    for (const key of this.#tables.events.getKeys({ start: positionKey(position + 1), limit: 1 }))
      return readPosition(key);
    return position + 1;
  }

  #gapEnd(start: number): number | undefined {
    const key = positionKey(start);
    const value = this.#tables.gaps.get(key);
    return value === undefined ? undefined : opened(key, value, [8])[0];
  }

  #gapBefore(position: number): { readonly start: number; readonly end: number } | undefined {
    const range = { start: positionKey(position), reverse: true, limit: 1 };
    for (const { key, value } of this.#tables.gaps.getRange(range))
      return { start: readPosition(key), end: opened(key, value, [8])[0] ?? 0 };
    return undefined;
  }
}

function lost(position: number): never {
  throw new DamagedRecord(`the table of events is damaged: what stood at position ${position} is lost`);
}
