import { z } from 'zod';
import { aggregate } from '../../../kernel/aggregate.ts';
import { Day, ExecutionId, HoldId, KeptTerms, PolicyId, type RetentionTerms } from './fields.ts';

const run = { runId: ExecutionId };
const count = z.int().min(0);
/** Indexes from the first to the last, both included. */
export const IndexRange = z.object({ first: count, last: count });
export type IndexRange = z.output<typeof IndexRange>;

/**
 * Events among those of a pruning that told what others said in free words, and the keys of those words, which are shredded. What read
 * models tell of them goes with their entries.
 */
export const PrunedPayloads = z.object({ eventIds: z.array(z.uuid()), keyIds: z.array(z.uuid()) });
export type PrunedPayloads = z.output<typeof PrunedPayloads>;

/** A meter's units of a month. */
export const Usage = z.object({ meter: z.string(), month: z.string(), units: z.number() });

export interface RetentionRunState {
  readonly status: 'absent' | 'started' | 'pruned' | 'completed';
  readonly policyId: string;
  readonly policy: RetentionTerms | undefined;
  readonly cutoff: string;
  readonly size: number;
  readonly archive:
    | {
        readonly file: string;
        readonly sha256: string;
        readonly entries: number;
        /** What these held is not in it. */
        readonly holds?: readonly string[] | undefined;
      }
    | undefined;
  /** Entries below this index were looked at. */
  readonly prunedUpTo: number;
  readonly pruned: number;
  readonly bytes: number;
  /** Keys of payloads that were shredded, where there were any. */
  readonly shredded?: number;
  /** Days whose facts are to be truncated, and up to which revision. */
  readonly expired: Readonly<Record<string, number>>;
  /** Days whose facts were truncated. */
  readonly truncated: readonly string[];
}

const absent: RetentionRunState = {
  status: 'absent',
  policyId: '',
  policy: undefined,
  cutoff: '',
  size: 0,
  archive: undefined,
  prunedUpTo: 0,
  pruned: 0,
  bytes: 0,
  expired: {},
  truncated: [],
};

/** One cleaning up: what it set out to do, before it does it, and what it has done. */
export const RetentionRun = aggregate({
  name: 'audit.RetentionRun',
  events: {
    Started: z.object({
      ...run,
      policyId: PolicyId,
      policy: KeptTerms,
      /** Entries before this instant. */
      cutoff: z.string(),
      /** Entries of the tree of this size. */
      size: count,
      /** What it found to do. */
      expected: z.object({ entries: count, bytes: count }),
    }),
    /** The entries stand in a file that shows them to be genuine by itself. */
    ArchiveWritten: z.object({
      ...run,
      file: z.string(),
      bytes: count,
      /** Of the compressed file. */
      sha256: z.string(),
      entries: count,
      /** Those in force when it was written: what they held is not in it. */
      holds: z.array(HoldId).optional(),
      /** Of the tree that the proofs lead to. */
      checkpoint: z.object({ size: count, root: z.string() }),
    }),
    /** What these entries tell leaves the audit; leaves, chain and tiles stay. */
    EntriesPruned: z.object({
      ...run,
      entries: count,
      bytes: count,
      ranges: z.array(IndexRange),
      upTo: count,
      payloads: PrunedPayloads.optional(),
    }),
    /** All that were to be pruned are. */
    PruningFinished: z.object({ ...run, entries: count, bytes: count }),
    /** The leaves of facts that are about to leave the log, from a revision of their stream on, one after the other. */
    LeavesKept: z.object({ ...run, day: Day, from: count, leaves: z.string() }),
    /** All facts of a day, up to a revision (exclusive), are about to leave the log, and every read model. Their usage still counts. */
    RequestsExpired: z.object({ ...run, day: Day, before: count, bytes: count, usage: z.array(Usage) }),
    RequestsTruncated: z.object({ ...run, day: Day, before: count }),
    Completed: z.object({
      ...run,
      policyId: PolicyId,
      eventsDeleted: count,
      eventsArchived: count,
      requestDaysTruncated: count,
      payloadKeysShredded: count.optional(),
      bytesReclaimed: count,
    }),
  },
  initial: () => absent,
  evolve: {
    Started: (_, { cutoff, policy, policyId, size }) => ({
      ...absent,
      status: 'started',
      policyId,
      policy,
      cutoff,
      size,
    }),
    ArchiveWritten: (state, { entries, file, holds, sha256 }) => ({
      ...state,
      archive: { entries, file, sha256, ...(holds && { holds }) },
    }),
    EntriesPruned: (state, { bytes, entries, payloads, upTo }) => ({
      ...state,
      ...(payloads && { shredded: (state.shredded ?? 0) + payloads.keyIds.length }),
      pruned: state.pruned + entries,
      bytes: state.bytes + bytes,
      prunedUpTo: upTo,
    }),
    PruningFinished: (state) => ({ ...state, status: 'pruned' }),
    LeavesKept: (state) => state,
    RequestsExpired: (state, { before, bytes, day }) => ({
      ...state,
      bytes: state.bytes + bytes,
      expired: { ...state.expired, [day]: before },
    }),
    RequestsTruncated: (state, { day }) => ({ ...state, truncated: [...state.truncated, day] }),
    Completed: (state) => ({ ...state, status: 'completed' }),
  },
});
