import { z } from 'zod';
import { HoldId, HoldScope, Name, Reason } from '../../../src/domain/audit/retention/fields.ts';
import { holdsId, LegalHold } from '../../../src/domain/audit/retention/legal-hold.ts';
import { command } from '../../../src/kernel/command.ts';
import { Instant } from '../../../src/kernel/instant.ts';
import { reject } from '../../../src/kernel/rejection.ts';

/** Holds a tenant may have at once: each is a condition of every selection. */
const holdsAtMost = 500;

export const placeLegalHold = command({
  name: 'audit.placeLegalHold',
  summary:
    'Holds entries back from every cleanup: those of some subjects, of some types, of some time, or all. Without a limit of time it holds what is still to come, too.',
  route: 'POST /audit/v1/retention/holds',
  aliases: ['POST /v1/retention/holds'],
  status: 201,
  input: z.strictObject({
    name: Name,
    reason: Reason,
    scope: HoldScope.default({ subjects: [], eventTypes: [] }),
    expiresAt: Instant.nullish().transform((instant) => instant ?? undefined),
  }),
  output: z.object({ holdId: HoldId, name: z.string(), createdAt: z.string() }),
  controls: {
    effect: 'remove',
    permission: 'audit.hold.manage',
    audit: { action: 'audit.hold.place', subject: (input) => input.name },
  },
  aggregate: LegalHold,
  stream: () => holdsId,
  rejections: { HoldExpired: 422, HoldsTooMany: 409 },
  validate: ({ holds }, { expiresAt }, { now }) => {
    if (Object.keys(holds).length >= holdsAtMost) {
      return reject('HoldsTooMany', `There are ${holdsAtMost} holds; release one that is over, or place a wider one.`);
    }
    if (expiresAt === undefined || expiresAt > now) return undefined;
    return reject('HoldExpired', `expiresAt is ${expiresAt}, and that is past: the hold would hold nothing.`);
  },
  decide: (_, hold, { newId }) => [LegalHold.events.Placed({ holdId: newId('hold'), ...hold })],
  respond: (_, { name }, { context }) => ({ holdId: context.newId('hold'), name, createdAt: context.now }),
});
