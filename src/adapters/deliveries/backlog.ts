import type { OpenDelivery } from './rows.ts';

/** Deliveries that are open, by stream. The first of each stream is sent; the others wait behind it. */
export class Backlog {
  readonly #lanes = new Map<string, OpenDelivery[]>();
  #size = 0;

  constructor(open: readonly OpenDelivery[]) {
    for (const delivery of open) this.add(delivery);
  }

  get size(): number {
    return this.#size;
  }

  /** Whether something of the lane is open, so that what comes next must wait. */
  blocks(lane: string): boolean {
    return this.#lanes.has(lane);
  }

  has(delivery: OpenDelivery): boolean {
    return this.#lanes.get(laneOf(delivery))?.includes(delivery) === true;
  }

  add(delivery: OpenDelivery): void {
    const lane = laneOf(delivery);
    const waiting = this.#lanes.get(lane);
    if (waiting === undefined) this.#lanes.set(lane, [delivery]);
    else waiting.push(delivery);
    this.#size++;
  }

  /** It has ended: what stood behind it is next. */
  remove(delivery: OpenDelivery): void {
    const lane = laneOf(delivery);
    const left = (this.#lanes.get(lane) ?? []).filter((other) => other !== delivery);
    if (left.length === 0) this.#lanes.delete(lane);
    else this.#lanes.set(lane, left);
    this.#size--;
  }

  /** What may be sent now: each lane whose first is due, in order, `most` in all. */
  due(nowMs: number, most: number): readonly OpenDelivery[] {
    const due: OpenDelivery[] = [];
    for (const lane of this.#lanes.values()) {
      if (due.length >= most) break;
      if ((lane[0]?.nextAt ?? 0) <= nowMs) due.push(...lane.slice(0, most - due.length));
    }
    return due;
  }

  /** Milliseconds since the epoch at which something is due next. */
  nextAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const [first] of this.#lanes.values()) next = Math.min(next, first?.nextAt ?? 0);
    return next;
  }

  /** Everything may be sent at once, by a schedule that begins anew where `fresh` says so. */
  release(nowMs: number, fresh: boolean): void {
    for (const delivery of [...this.#lanes.values()].flat()) {
      if (delivery.nextAt !== undefined) delivery.nextAt = Math.min(delivery.nextAt, nowMs);
      if (fresh) {
        delivery.tries = 0;
        delivery.firstAt = undefined;
      }
    }
  }
}

/** Streams of a replay and of what happens meanwhile do not wait for each other. */
export function laneOf({ replayId, stream }: Pick<OpenDelivery, 'replayId' | 'stream'>): string {
  return `${replayId ?? ''}/${stream}`;
}
