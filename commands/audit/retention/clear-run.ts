import { z } from 'zod';
import { ExecutionId, HoldId } from '../../../src/domain/audit/retention/fields.ts';
import { holdsId, inForce, LegalHold } from '../../../src/domain/audit/retention/legal-hold.ts';
import { command } from '../../../src/kernel/command.ts';

export const clearRun = command({
  name: 'audit.clearRun',
  summary:
    'Lets one part of a run go on under the holds in force. It stands in the stream of the holds: one that is placed before it binds the part, always.',
  input: z.strictObject({ runId: ExecutionId, part: z.string() }),
  output: z.object({
    holds: z.array(
      z.object({
        holdId: HoldId,
        name: z.string(),
        scope: z.object({
          subjects: z.array(z.string()),
          eventTypes: z.array(z.string()),
          from: z.string().optional(),
          until: z.string().optional(),
        }),
      }),
    ),
  }),
  controls: {
    effect: 'remove',
    permission: 'audit.retention.manage',
    audit: { action: 'audit.retention.clear-run', subject: (input) => input.runId },
  },
  aggregate: LegalHold,
  stream: () => holdsId,
  decide: (state, { part, runId }, { now }) => [
    LegalHold.events.RunCleared({ runId, part, holds: inForce(state, now).map(({ holdId }) => holdId) }),
  ],
  respond: (state, _, { context }) => ({ holds: [...inForce(state, context.now)] }),
});
