import { z } from 'zod';
import { Day, ExecutionId } from '../../../src/domain/audit/retention/fields.ts';
import { RetentionRun, Usage } from '../../../src/domain/audit/retention/retention-run.ts';
import { command } from '../../../src/kernel/command.ts';

export const expireRequests = command({
  name: 'audit.expireRequests',
  summary: 'Says that the facts about requests of a day are about to leave the log, and what they used.',
  input: z.strictObject({
    runId: ExecutionId,
    day: Day,
    before: z.int().min(0),
    bytes: z.int().min(0),
    usage: z.array(Usage),
  }),
  output: z.object({ runId: ExecutionId }),
  controls: {
    effect: 'remove',
    permission: 'audit.retention.manage',
    audit: { action: 'audit.retention.expire-requests', subject: (input) => input.runId },
  },
  aggregate: RetentionRun,
  stream: ({ runId }) => runId,
  decide: ({ expired }, input) =>
    expired[input.day] === undefined ? [RetentionRun.events.RequestsExpired(input)] : [],
  respond: (_, { runId }) => ({ runId }),
});
