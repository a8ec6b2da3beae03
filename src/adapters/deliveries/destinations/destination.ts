import type { AuditEvent } from '../../../domain/audit/streaming/audit-event.ts';
import type { CloudEvent } from '../../../domain/audit/streaming/cloud-event.ts';

/** One event to be sent. */
export interface Parcel {
  /** Those of one lane arrive in order: the next is sent when the one before was taken. */
  readonly lane: string;
  /** Unique for the event and the replay it belongs to. */
  readonly deliveryId: string;
  readonly event: AuditEvent;
  readonly cloudEvent: CloudEvent;
}

/** What came of sending. `held`: not sent, because one before it in its lane was not taken. */
export type Outcome =
  | { readonly kind: 'taken'; readonly ms: number; readonly status?: number; readonly answer?: string }
  | {
      readonly kind: 'failed';
      readonly ms: number;
      readonly error: string;
      readonly status?: number;
      readonly answer?: string;
      /** The receiver says that it is gone for good. */
      readonly gone?: boolean;
      /** Milliseconds the receiver asks to be left alone. */
      readonly askedMs?: number;
    }
  | { readonly kind: 'held' };

/** A place that takes events. Sending may be repeated, and a lane's order is kept. */
export interface DeliveryTarget {
  /** Events it is given at once, at most. */
  readonly window: number;
  /**
   * One outcome for each parcel, in their order. Never throws for what a receiver does.
   *
   * @param goOn asked before more is sent: what is left then is held
   */
  deliver(parcels: readonly Parcel[], goOn: () => boolean): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}

/** Sends lane by lane, several lanes at once; a lane stops at the first that is not taken. */
export async function byLanes(
  parcels: readonly Parcel[],
  send: (parcel: Parcel) => Promise<Outcome>,
  { concurrency, goOn }: { readonly concurrency: number; readonly goOn: () => boolean },
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = parcels.map(() => ({ kind: 'held' }));
  const lanes = lanesOf(parcels);
  const next = (): number[] | undefined => (goOn() ? lanes.shift() : undefined);
  const work = async (): Promise<void> => {
    for (let lane = next(); lane !== undefined; lane = next()) {
      for (const index of lane) {
        const outcome = await send(parcels[index] as Parcel);
        outcomes[index] = outcome;
        if (outcome.kind !== 'taken' || !goOn()) break;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, lanes.length) }, work));
  return outcomes;
}

/** The places of each lane's parcels. */
function lanesOf(parcels: readonly Parcel[]): number[][] {
  const lanes = new Map<string, number[]>();
  for (const [index, { lane }] of parcels.entries()) lanes.set(lane, [...(lanes.get(lane) ?? []), index]);
  return [...lanes.values()];
}

/** Sends in batches of at most `most` parcels of which no two are of one lane. */
export async function inRounds(
  parcels: readonly Parcel[],
  send: (batch: readonly Parcel[]) => Promise<readonly Outcome[]>,
  { most, goOn }: { readonly most: number; readonly goOn: () => boolean },
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = parcels.map(() => ({ kind: 'held' }));
  const stopped = new Set<string>();
  let left = [...parcels.keys()];
  while (left.length > 0 && goOn()) {
    const used = new Set<string>();
    const round = left.filter((index) => {
      const { lane } = parcels[index] as Parcel;
      if (used.has(lane) || stopped.has(lane) || used.size >= most) return false;
      used.add(lane);
      return true;
    });
    if (round.length === 0) break;
    const answers = await send(round.map((index) => parcels[index] as Parcel));
    round.forEach((index, place) => {
      const outcome = answers[place] ?? { kind: 'held' };
      outcomes[index] = outcome;
      if (outcome.kind !== 'taken') stopped.add((parcels[index] as Parcel).lane);
    });
    const done = new Set(round);
    left = left.filter((index) => !done.has(index));
  }
  return outcomes;
}

/** How an error is told of. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, 500).toWellFormed().replaceAll('\0', '');
}
