/** A folded state kept beside the log. Only ever a shortcut: losing all of them costs time, never facts. */
export interface Snapshot {
  readonly stream: string;
  /** Revision of the last event in it. */
  readonly revision: number;
  /** The aggregate's snapshot version; another version is discarded. */
  readonly version: number;
  readonly json: unknown;
}

export interface SnapshotStore {
  /** The newest snapshot of that version whose hash holds; undefined where there is none, or the store is away. */
  load(stream: string, version: number): Promise<Snapshot | undefined>;
  /** Keeps it in the background; failing to is not an error. */
  save(snapshot: Snapshot): void;
}
