/** What a load generator does, in a process of its own. */
export interface Job {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Requests in flight, each on a connection of its own; the next follows the answer. */
  readonly inFlight: number;
  readonly seconds: number;
  /** Requests a second, all callers together; as many as are answered where absent. */
  readonly perSecond?: number;
  readonly work: Work;
}

export type Work =
  /** Each writer writes by turns to a secret that is new and to one of its own 16. `tag` keeps runs apart. */
  | { readonly kind: 'versions'; readonly tag: string; readonly bytes: number }
  /** Gets these paths, one after the other. */
  | { readonly kind: 'paths'; readonly paths: readonly string[] };

/** One request of a load. */
export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** What came of it. Milliseconds are those of one request and its whole answer. */
export interface Outcome {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}
