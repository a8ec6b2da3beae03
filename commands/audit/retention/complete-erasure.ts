import { z } from 'zod';
import { Erasure, type ErasureState, erasureId } from '../../../src/domain/audit/retention/erasure.ts';
import { SubjectId, SubjectType } from '../../../src/domain/audit/retention/fields.ts';
import { command } from '../../../src/kernel/command.ts';
import { certifyDestruction, type SignedCertificate } from '../../../src/kernel/crypto/certificate.ts';

const input = z.strictObject({ subjectType: SubjectType, subjectId: SubjectId, keyIds: z.array(z.string()) });

export const completeErasure = command({
  name: 'audit.completeErasure',
  summary: 'Records a signed certificate that the keys of somebody’s personal data are gone.',
  input,
  output: z.object({ subjectId: SubjectId }),
  controls: {
    effect: 'remove',
    permission: 'audit.personal-data.erase',
    audit: { action: 'audit.personal-data.certify', subject: ({ subjectId }) => subjectId },
  },
  aggregate: Erasure,
  stream: (asked) => erasureId(asked),
  prepare: async (
    { requestedAt, status }: ErasureState,
    { keyIds, subjectId, subjectType },
    { newId, now, ports, tenant },
  ): Promise<SignedCertificate | undefined> => {
    const keyId = keyIds.at(-1);
    if (status !== 'requested' || keyId === undefined) return undefined;
    const facts = {
      ...{ tenant, subjectType: `audit.${subjectType}`, subjectId, subjectVersion: null, keyId, destroyedAt: now },
      method: 'data key destroyed (cryptographic erasure, NIST SP 800-88)',
      evidence: {
        requestedAt,
        keys: keyIds.length,
        keyIds: keyIds.join(' '),
        erased: 'source addresses and user agents',
      },
    };
    return certifyDestruction(ports.signer, facts, newId('certificate'));
  },
  decide: ({ status }, asked, { prepared }) =>
    status === 'requested' ? [Erasure.events.Completed({ ...asked, ...prepared })] : [],
  respond: (_, { subjectId }) => ({ subjectId }),
});
