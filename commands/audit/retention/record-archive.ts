import { z } from 'zod';
import { ExecutionId, HoldId } from '../../../src/domain/audit/retention/fields.ts';
import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import { command } from '../../../src/kernel/command.ts';

export const recordArchive = command({
  name: 'audit.recordArchive',
  summary: 'Records that what a run is about to take stands in the archive, once.',
  input: z.strictObject({
    runId: ExecutionId,
    file: z.string(),
    bytes: z.int().min(0),
    sha256: z.string(),
    entries: z.int().min(0),
    holds: z.array(HoldId),
    checkpoint: z.object({ size: z.int().min(0), root: z.string() }),
  }),
  output: z.object({ runId: ExecutionId }),
  controls: {
    effect: 'remove',
    permission: 'audit.retention.manage',
    audit: { action: 'audit.retention.record-archive', subject: (input) => input.runId },
  },
  aggregate: RetentionRun,
  stream: ({ runId }) => runId,
  decide: (state, input) => (state.archive === undefined ? [RetentionRun.events.ArchiveWritten(input)] : []),
  respond: (_, { runId }) => ({ runId }),
});
