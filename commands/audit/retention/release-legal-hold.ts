import { z } from 'zod';
import { HoldId } from '../../../src/domain/audit/retention/fields.ts';
import { holdsId, LegalHold } from '../../../src/domain/audit/retention/legal-hold.ts';
import { command } from '../../../src/kernel/command.ts';
import { reject } from '../../../src/kernel/rejection.ts';

export const releaseLegalHold = command({
  name: 'audit.releaseLegalHold',
  summary: 'Releases a legal hold: what has expired meanwhile goes with the next cleanup.',
  route: 'POST /audit/v1/retention/holds/:holdId/release',
  aliases: ['POST /v1/retention/holds/:holdId/release'],
  input: z.strictObject({ holdId: HoldId }),
  output: z.object({ holdId: HoldId, releasedAt: z.string() }),
  controls: {
    effect: 'remove',
    permission: 'audit.hold.manage',
    audit: { action: 'audit.hold.release', subject: (input) => input.holdId },
  },
  aggregate: LegalHold,
  stream: () => holdsId,
  rejections: { LegalHoldNotFound: 404, LegalHoldReleased: 409 },
  decide: ({ holds, released }, { holdId }) => {
    if (released.includes(holdId)) return reject('LegalHoldReleased', `The hold ${holdId} was released before.`);
    if (holds[holdId] === undefined) return reject('LegalHoldNotFound', `There is no legal hold ${holdId}.`);
    return [LegalHold.events.Released({ holdId })];
  },
  respond: (_, { holdId }, { context }) => ({ holdId, releasedAt: context.now }),
});
