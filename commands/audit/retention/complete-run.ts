import { z } from 'zod';
import { ExecutionId } from '../../../src/domain/audit/retention/fields.ts';
import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import { command } from '../../../src/kernel/command.ts';

export const completeRun = command({
  name: 'audit.completeRun',
  summary: 'Ends a run.',
  input: z.strictObject({ runId: ExecutionId }),
  output: z.object({ runId: ExecutionId }),
  controls: {
    effect: 'remove',
    permission: 'audit.retention.manage',
    audit: { action: 'audit.retention.complete', subject: (input) => input.runId },
  },
  aggregate: RetentionRun,
  stream: ({ runId }) => runId,
  decide: (state, { runId }) =>
    state.status === 'completed'
      ? []
      : [
          RetentionRun.events.Completed({
            runId,
            policyId: state.policyId,
            eventsDeleted: state.pruned,
            eventsArchived: state.archive?.entries ?? 0,
            requestDaysTruncated: state.truncated.length,
            payloadKeysShredded: state.shredded ?? 0,
            bytesReclaimed: state.bytes,
          }),
        ],
  respond: (_, { runId }) => ({ runId }),
});
