import { z } from 'zod';
import { Day, ExecutionId } from '../../../src/domain/audit/retention/fields.ts';
import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import { command } from '../../../src/kernel/command.ts';

export const recordTruncation = command({
  name: 'audit.recordTruncation',
  summary: 'Says that the facts about requests of a day have left the log.',
  input: z.strictObject({ runId: ExecutionId, day: Day, before: z.int().min(0) }),
  output: z.object({ runId: ExecutionId }),
  controls: {
    effect: 'remove',
    permission: 'audit.retention.manage',
    audit: { action: 'audit.retention.record-truncation', subject: (input) => input.runId },
  },
  aggregate: RetentionRun,
  stream: ({ runId }) => runId,
  decide: ({ truncated }, input) =>
    truncated.includes(input.day) ? [] : [RetentionRun.events.RequestsTruncated(input)],
  respond: (_, { runId }) => ({ runId }),
});
