import { z } from 'zod';
import { Erasure, erasureId } from '../../../src/domain/audit/retention/erasure.ts';
import { Reason, SubjectId, SubjectType } from '../../../src/domain/audit/retention/fields.ts';
import { command } from '../../../src/kernel/command.ts';

export const requestErasure = command({
  name: 'audit.requestErasure',
  summary:
    'Erases the source addresses and user agents that the audit has of somebody, everywhere and for good, by destroying their key; a legal hold withholds it. What they did stays, and every proof holds.',
  route: 'POST /audit/v1/retention/erasures',
  aliases: ['POST /v1/retention/erasures'],
  status: 202,
  input: z.strictObject({ subjectType: SubjectType.default('user'), subjectId: SubjectId, reason: Reason }),
  output: z.object({ subjectType: SubjectType, subjectId: SubjectId, status: z.string(), requestedAt: z.string() }),
  controls: {
    effect: 'remove',
    permission: 'audit.personal-data.erase',
    audit: { action: 'audit.personal-data.erase', subject: (input) => input.subjectId },
  },
  aggregate: Erasure,
  stream: (input) => erasureId(input),
  decide: ({ status }, input) => (status === 'requested' ? [] : [Erasure.events.Requested(input)]),
  respond: ({ requestedAt, status }, { subjectId, subjectType }) => ({ subjectType, subjectId, status, requestedAt }),
});
