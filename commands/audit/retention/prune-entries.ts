import { z } from 'zod';
import { ExecutionId } from '../../../src/domain/audit/retention/fields.ts';
import { IndexRange, PrunedPayloads, RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import { command } from '../../../src/kernel/command.ts';

export const pruneEntries = command({
  name: 'audit.pruneEntries',
  summary:
    'Takes what some entries tell from the audit, as part of a run, unless another worker has come further with it.',
  input: z.strictObject({
    runId: ExecutionId,
    entries: z.int().min(0),
    bytes: z.int().min(0),
    /** Up to where the run had come when these were chosen. */
    from: z.int().min(0),
    ranges: z.array(IndexRange),
    payloads: PrunedPayloads.optional(),
    upTo: z.int().min(0),
  }),
  output: z.object({ runId: ExecutionId, prunedUpTo: z.int().min(0) }),
  controls: {
    effect: 'remove',
    permission: 'audit.retention.manage',
    audit: { action: 'audit.retention.prune', subject: (input) => input.runId },
  },
  aggregate: RetentionRun,
  stream: ({ runId }) => runId,
  decide: (state, { from, ...pruning }) =>
    state.status === 'started' && from === state.prunedUpTo ? [RetentionRun.events.EntriesPruned(pruning)] : [],
  respond: ({ prunedUpTo }, { runId }) => ({ runId, prunedUpTo }),
});
