import { UnknownEventVersion } from '../../kernel/codec.ts';
import type { LogEvent } from '../../kernel/log.ts';
import type { Applied } from '../../kernel/projection.ts';
import type { Sql } from '../../kernel/sql.ts';
import type { Interests } from './interests.ts';
import type { Parked } from './parked.ts';

/** An event and its statements. */
export interface Step {
  readonly event: LogEvent;
  readonly statements: readonly Sql[];
  /** For a stateful projection, in place of statements. */
  readonly applied?: Applied;
}

/** What a batch comes to, before it meets the database. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Events whose handler threw: the first of each stream. */
  readonly poison: readonly Parked[];
  /** An event that is newer than this program: the batch ends before it. */
  readonly stoppedBy: UnknownEventVersion | undefined;
  /** Position of the last event looked at. */
  readonly applied: bigint | undefined;
}

/** Calls the handlers in order. Events of parked streams are passed over: they are read again from their stream on resume. */
export function planBatch(interests: Interests, events: readonly LogEvent[], parked: ReadonlySet<string>): Plan {
  const steps: Step[] = [];
  const poison = new Map<string, Parked>();
  let applied: bigint | undefined;
  for (const event of events) {
    const passedOver = parked.has(event.stream) || poison.has(event.stream) || !interests.wants(event.type);
    const step = passedOver ? undefined : stepOf(interests, event);
    if (step instanceof UnknownEventVersion) return { steps, poison: [...poison.values()], stoppedBy: step, applied };
    if (typeof step === 'string') poison.set(event.stream, { ...event, reason: step });
    else if (step !== undefined) steps.push(step);
    applied = event.position;
  }
  return { steps, poison: [...poison.values()], stoppedBy: undefined, applied };
}

/** The event's step; why its handler cannot take it; or that nobody here knows it. */
export function stepOf(interests: Interests, event: LogEvent): Step | string | UnknownEventVersion {
  try {
    if (interests.stateful) return { event, statements: [], applied: interests.applied(event) };
    return { event, statements: interests.statements(event) };
  } catch (error) {
    return error instanceof UnknownEventVersion ? error : String((error as Error).message);
  }
}
