/** The queue of commands that facts cause. No worker may declare it. */
export const dispatchQueue = 'dispatch';

/**
 * Colons separate the parts of Redis keys.
 *
 * @throws {TypeError} the name cannot be a worker's queue
 */
export function assertQueue(queue: string): void {
  if (queue === dispatchQueue || queue.includes(':')) {
    throw new TypeError(`A worker's queue cannot be called ${queue}: choose another name, without a colon.`);
  }
}

/** Ties an effect to what caused it, for audit and tracing. */
export interface Trace {
  /** Id of the event. */
  readonly causation: string;
  readonly correlation: string;
  readonly traceparent?: string;
}

/** An effect as a reaction has caused it. */
export interface NewEffect {
  /** `<event id>.<reaction>.<index>`, unique for ever; also the job's id, so without a colon. */
  readonly key: string;
  readonly tenant: string;
  readonly reaction: string;
  /** `held`: the reaction failed on the event; its data name the event. */
  readonly kind: 'dispatch' | 'job' | 'held';
  readonly queue: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly trace: Trace;
  readonly delayMs: number;
  readonly error?: string;
}

/** An effect as its row says, while a worker has it. */
export interface ClaimedEffect extends Omit<NewEffect, 'delayMs' | 'error'> {
  /** This attempt's number, from 1. */
  readonly attempt: number;
}

/** What a queue needs to know of an effect. */
export interface Enqueued {
  readonly key: string;
  readonly queue: string;
  readonly delayMs: number;
}
