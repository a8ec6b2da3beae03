import { z } from 'zod';
import { Erasure, erasureId } from '../../../src/domain/audit/retention/erasure.ts';
import { HoldId, SubjectId, SubjectType } from '../../../src/domain/audit/retention/fields.ts';
import { command } from '../../../src/kernel/command.ts';

export const withholdErasure = command({
  name: 'audit.withholdErasure',
  summary: 'Says that holds which were placed meanwhile keep an erasure from being done; it has to be asked for again.',
  input: z.strictObject({ subjectType: SubjectType, subjectId: SubjectId, holds: z.array(HoldId) }),
  output: z.object({ subjectId: SubjectId }),
  controls: {
    effect: 'remove',
    permission: 'audit.personal-data.erase',
    audit: { action: 'audit.personal-data.withhold', subject: (input) => input.subjectId },
  },
  aggregate: Erasure,
  stream: (input) => erasureId(input),
  decide: ({ status }, input) => (status === 'requested' ? [Erasure.events.Withheld(input)] : []),
  respond: (_, { subjectId }) => ({ subjectId }),
});
