import { z } from 'zod';
import { Day, ExecutionId } from '../../../src/domain/audit/retention/fields.ts';
import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import { command } from '../../../src/kernel/command.ts';

export const keepLeaves = command({
  name: 'audit.keepLeaves',
  summary: 'Keeps the leaves of facts that are about to leave the log.',
  input: z.strictObject({ runId: ExecutionId, day: Day, from: z.int().min(0), leaves: z.string() }),
  output: z.object({ runId: ExecutionId }),
  controls: {
    effect: 'remove',
    permission: 'audit.retention.manage',
    audit: { action: 'audit.retention.keep-leaves', subject: (input) => input.runId },
  },
  aggregate: RetentionRun,
  stream: ({ runId }) => runId,
  decide: (_, input) => [RetentionRun.events.LeavesKept(input)],
  respond: (_, { runId }) => ({ runId }),
});
