import { z } from 'zod';
import { ExecutionId } from '../../../src/domain/audit/retention/fields.ts';
import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import { command } from '../../../src/kernel/command.ts';

export const finishPruning = command({
  name: 'audit.finishPruning',
  summary: 'Says that a run has taken all that it was to take from the audit.',
  input: z.strictObject({ runId: ExecutionId }),
  output: z.object({ runId: ExecutionId }),
  controls: {
    effect: 'remove',
    permission: 'audit.retention.manage',
    audit: { action: 'audit.retention.finish-pruning', subject: (input) => input.runId },
  },
  aggregate: RetentionRun,
  stream: ({ runId }) => runId,
  decide: (state, { runId }) =>
    state.status === 'started'
      ? [RetentionRun.events.PruningFinished({ runId, entries: state.pruned, bytes: state.bytes })]
      : [],
  respond: (_, { runId }) => ({ runId }),
});
