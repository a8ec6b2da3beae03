import { z } from 'zod';
import { Erasure, erasureId } from '../../../src/domain/audit/retention/erasure.ts';
import { HoldId, SubjectId, SubjectType } from '../../../src/domain/audit/retention/fields.ts';
import { operation } from '../../../src/kernel/operation.ts';
import { reject } from '../../../src/kernel/rejection.ts';

const anything = z.record(z.string(), z.unknown());

export const getErasure = operation({
  name: 'audit.getErasure',
  summary: 'How far the newest erasure of somebody’s personal data is, with the signed certificate once it is done.',
  route: 'GET /audit/v1/retention/erasures/:subjectId',
  aliases: ['GET /v1/retention/erasures/:subjectId'],
  input: z.strictObject({ subjectId: SubjectId, subjectType: SubjectType.default('user') }),
  output: z.object({
    subjectType: SubjectType,
    subjectId: SubjectId,
    status: z.enum(['requested', 'withheld', 'completed']),
    requestedAt: z.string(),
    holds: z.array(HoldId),
    completedAt: z.string().optional(),
    certificate: anything.optional(),
    signature: anything.optional(),
  }),
  controls: {
    effect: 'read',
    permission: 'audit.retention.read',
    audit: { action: 'audit.personal-data.read-certificate', subject: (input) => input.subjectId },
  },
  aggregate: Erasure,
  stream: (input) => erasureId(input),
  rejections: { ErasureNotFound: 404 },
  perform: async ({ holds, status, ...state }, { subjectId, subjectType }) =>
    status === 'absent'
      ? reject('ErasureNotFound', `No erasure of the personal data of ${subjectType} ${subjectId} was asked for.`)
      : { ...state, subjectId, subjectType, status, holds: [...holds] },
});
