import { createHash } from 'node:crypto';

/** An event as it was handed to the node. */
export interface Asked {
  readonly id: string;
  readonly stream: string;
  /** Of type and data. */
  readonly digest: string;
}

/** An event the node has said is there. */
export interface Acknowledged {
  readonly id: string;
  readonly stream: string;
  /** Unknown where only a planted fault says so. */
  readonly revision?: number;
}

/** What a workload writes down, one JSON document a line: events before they are sent, and once they are acknowledged. */
export interface Mark {
  readonly asked?: readonly Asked[];
  readonly acknowledged?: readonly Acknowledged[];
}

/** What must be found, and what may. */
export interface Expectation {
  readonly asked: readonly Asked[];
  readonly acknowledged: readonly Acknowledged[];
}

/** Streams whose name begins so lose their oldest events, as their metadata says. */
export const trimmedPrefix = 'trimmed';

export function digestOf(type: string, data: Uint8Array): string {
  return createHash('sha256').update(type).update('\0').update(data).digest('hex').slice(0, 24);
}

export function expectationOf(marks: readonly Mark[]): Expectation {
  return {
    asked: marks.flatMap(({ asked = [] }) => asked),
    acknowledged: marks.flatMap(({ acknowledged = [] }) => acknowledged),
  };
}
