import { z } from 'zod';
import type { Row } from '../../../kernel/query.ts';
import { ExecutionId, HoldId, KeptHoldScope, KeptTerms, PolicyId, type RetentionTerms } from './fields.ts';

const instant = (value: unknown): string => (value as Date).toISOString();
const instantOrNull = (value: unknown): string | null => (value === null ? null : instant(value));

/** A policy as lists show it. */
export const ShownPolicy = z.object({
  policyId: PolicyId,
  ...KeptTerms.shape,
  createdAt: z.string(),
  createdBy: z.string(),
});

export function shownPolicy(row: Row): z.input<typeof ShownPolicy> {
  return {
    policyId: String(row['policy_id']),
    ...(row['terms'] as RetentionTerms),
    createdAt: instant(row['created_at']),
    createdBy: String(row['created_by']),
  };
}

/** A hold as lists show it. */
export const ShownHold = z.object({
  holdId: HoldId,
  name: z.string(),
  reason: z.string(),
  scope: KeptHoldScope,
  expiresAt: z.string().nullable(),
  placedAt: z.string(),
  placedBy: z.string(),
  releasedAt: z.string().nullable(),
  releasedBy: z.string().nullable(),
});

export function shownHold(row: Row): z.input<typeof ShownHold> {
  return {
    holdId: String(row['hold_id']),
    name: String(row['name']),
    reason: String(row['reason']),
    scope: row['scope'] as z.input<typeof KeptHoldScope>,
    expiresAt: instantOrNull(row['expires_at']),
    placedAt: instant(row['placed_at']),
    placedBy: String(row['placed_by']),
    releasedAt: instantOrNull(row['released_at']),
    releasedBy: row['released_by'] as string | null,
  };
}

/** A run as lists show it. */
export const ShownRun = z.object({
  executionId: ExecutionId,
  policyId: PolicyId,
  policyName: z.string(),
  status: z.enum(['running', 'completed']),
  /** Entries before this instant. */
  cutoff: z.string(),
  eventsExpected: z.int(),
  eventsDeleted: z.int(),
  eventsArchived: z.int(),
  /** Days whose facts about requests have left the log. */
  requestDaysTruncated: z.int(),
  /** Keys of what other products said in free words, which nobody can read any more. */
  payloadKeysShredded: z.int(),
  bytesReclaimed: z.int(),
  archive: z.object({ file: z.string(), sha256: z.string() }).nullable(),
  startedAt: z.string(),
  startedBy: z.string(),
  completedAt: z.string().nullable(),
});

export function shownRun(row: Row): z.input<typeof ShownRun> {
  const { archive_file: file, archive_sha256: sha256 } = row;
  return {
    executionId: String(row['run_id']),
    policyId: String(row['policy_id']),
    policyName: String(row['policy_name']),
    status: row['status'] as 'running' | 'completed',
    cutoff: instant(row['cutoff']),
    eventsExpected: Number(row['expected']),
    eventsDeleted: Number(row['deleted']),
    eventsArchived: Number(row['archived']),
    requestDaysTruncated: Number(row['days']),
    payloadKeysShredded: Number(row['keys']),
    bytesReclaimed: Number(row['bytes']),
    archive: typeof file === 'string' ? { file, sha256: String(sha256) } : null,
    startedAt: instant(row['started_at']),
    startedBy: String(row['started_by']),
    completedAt: instantOrNull(row['completed_at']),
  };
}
