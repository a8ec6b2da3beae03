import type { EventStore } from '../storage/event-store.ts';
import type { Access } from './access.ts';
import type { Budget } from './budget.ts';
import type { OpenCalls } from './open-calls.ts';

/** What the calls of the protocol work with. */
export interface Deps {
  readonly store: EventStore;
  readonly access: Access;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly calls: OpenCalls;
  /** For appends that are still coming in. */
  readonly incoming: Budget;
}
