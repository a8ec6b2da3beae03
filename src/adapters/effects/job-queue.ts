/** A job of a queue: it only names an effect, whose row says everything else. */
export interface QueuedJob {
  /** The effect's key; a queue has it once at a time. */
  readonly key: string;
  readonly delayMs: number;
}

/** What became of a job. */
export type Attempted =
  /** Done, or nothing was to do. */
  | { readonly kind: 'over' }
  /** Somebody else has the effect: the job comes again, and no try is counted. */
  | { readonly kind: 'busy'; readonly forMs: number }
  /** It failed, and the queue tries again. */
  | { readonly kind: 'again'; readonly delayMs: number; readonly error: unknown }
  /** It failed, and the queue forgets it: the sweep brings it back. */
  | { readonly kind: 'rest'; readonly error: string };

/** Tells a queue how far a job is. */
export type Progress = (done: number, total: number) => Promise<void>;

/** How one queue is worked. */
export interface QueueWork {
  readonly queue: string;
  readonly concurrency: number;
  /** Milliseconds after which a job of a process that died is given to another. */
  readonly claimMs: number;
  readonly attempt: (key: string, progress: Progress) => Promise<Attempted>;
}

/**
 * The queues that effects wait in. They may lose what they hold, hold it twice or be away: that costs time and never an effect, since
 * the effects' rows are what counts.
 */
export interface JobQueues {
  /**
   * Adds jobs; one that is queued already stays as it is. Rejects where that is not certain.
   *
   * @returns false where the queues are away
   */
  add(queue: string, jobs: readonly QueuedJob[]): Promise<boolean>;
  /** Names what the queues remember since: another name, and they may have forgotten something. Undefined while they are away. */
  memory(): Promise<string | undefined>;
  /** Takes jobs from a queue until `endWork`. Whatever an attempt throws lets the job come again. */
  work(options: QueueWork): void;
  /** Takes no more jobs, and waits for those under way, within a bound, even while the queues are away. */
  endWork(): Promise<void>;
  close(): Promise<void>;
}
