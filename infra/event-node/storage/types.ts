/** What a writer expects of a stream: the revision of its last event, or one of the protocol's modes. */
export type Expected = number | 'any' | 'no_stream' | 'stream_exists';

/** An event as a client proposes it. */
export interface Proposed {
  /** UUID in its canonical text form. */
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** What a write came to. */
export type Outcome =
  | { readonly kind: 'written'; readonly revision: number; readonly position: number | undefined }
  /** `current` is undefined where the stream does not exist. */
  | { readonly kind: 'wrong-revision'; readonly current: number | undefined }
  | { readonly kind: 'tombstoned' }
  | { readonly kind: 'expired' };

type WriteFailure = 'stopping' | 'overloaded' | 'disk' | 'lost';

/** The write did not happen: the node is stopping or overloaded, the disk refused, or another process took the directory. */
export class WriteFailed extends Error {
  override readonly name = 'WriteFailed';
  readonly reason: WriteFailure;

  constructor(reason: WriteFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Revision of the `$streamDeleted` event that tombstones a stream: beyond every other. */
export const tombstoneRevision = Number.MAX_SAFE_INTEGER;

/** The largest append in bytes, EventStoreDB's default. */
export const maxAppendBytes = 1_048_576;

/** One write asked for. A deletion has no events: it is a mark in the stream's metadata. */
export interface WriteRequest {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly Proposed[];
  readonly kind: 'append' | 'delete' | 'tombstone';
  /** Whether the caller still waits; asked right before the commit. */
  readonly isExpired: () => boolean;
}
