import type { Chain } from './chain.ts';
import type { Log } from './log.ts';
import type { Page, StreamRange } from './page.ts';
import { DamagedRecord, type StoredEvent } from './record.ts';
import { tombstoneRevision } from './types.ts';

/** What a page of `$all` is proved by; `durable` is the position of the last event. */
interface Whole {
  readonly chain: Chain;
  readonly log: Log;
  readonly durable: number;
}

/**
 * A page of `$all`, read forwards from a position, has every event from there on; one that ends has the log's last one.
 *
 * @throws {DamagedRecord}
 */
export function proveForwards({ chain, durable, log }: Whole, { end, events }: Page, from: number): void {
  if (durable === 0 || from > durable) return;
  if (end && events.at(-1)?.position !== durable) lost(`at the end of the log`);
  let before = log.before(from);
  for (const event of events) {
    if (before !== 'damaged') chain.prove(before, event);
    before = event;
  }
}

/**
 * A page of `$all`, read backwards from before a position, has every event down from there; one that ends has the first one.
 *
 * @throws {DamagedRecord}
 */
export function proveBackwards({ chain, durable, log }: Whole, { end, events }: Page, from: number): void {
  let after = log.from(from);
  if (after === undefined && (events[0]?.position ?? 0) !== durable) lost(`at the end of the log`);
  for (const event of events) {
    if (after !== undefined && after !== 'damaged') chain.prove(event, after);
    after = event;
  }
  if (end && after !== undefined && after !== 'damaged') chain.prove(undefined, after);
}

/**
 * A page of a stream has every revision of its range; one that ends, up to the range's end. A tombstone stands apart.
 *
 * @throws {DamagedRecord}
 */
export function proveRevisions({ end, events }: Page, { backwards, first, from, last }: StreamRange): void {
  const step = backwards ? -1 : 1;
  let expected = backwards ? Math.min(from, last) : Math.max(from, first);
  let before: StoredEvent | undefined;
  for (const event of events) {
    if (event.revision !== expected) lost(`revision ${expected}, ${place(before, event)}`);
    expected += step;
    before = event;
  }
  const isWhole = backwards ? expected < first : expected > last;
  if (end && !isWhole && last < tombstoneRevision - 1) lost(`revision ${expected} of a stream`);
}

function place(before: StoredEvent | undefined, event: StoredEvent): string {
  return before === undefined
    ? `before position ${event.position}`
    : `between positions ${before.position} and ${event.position}`;
}

function lost(what: string): never {
  throw new DamagedRecord(`the index is damaged: an event is lost, ${what}`);
}

/** The greatest key below one of its length. */
export function before(key: Buffer): Buffer {
  const lower = Buffer.from(key);
  for (let at = lower.length - 1; at >= 0; at--) {
    lower[at] = ((lower[at] ?? 0) - 1) & 0xff;
    if (lower[at] !== 0xff) break;
  }
  return lower;
}
