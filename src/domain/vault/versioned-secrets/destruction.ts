import { createHash } from 'node:crypto';
import { certifyDestruction, type SignedCertificate } from '../../../kernel/crypto/certificate.ts';
import type { Ports } from '../../../kernel/ports.ts';
import { isRejection } from '../../../kernel/rejection.ts';
import { openValue, readAdded, type VersionPlace } from './sealed-value.ts';
import { readStored } from './stored-event.ts';
import type { VersionRecord } from './version-record.ts';

type CertifyingPorts = Pick<Ports, 'sealer' | 'readEvent' | 'signer'>;

interface Certifying extends VersionPlace {
  readonly now: string;
  readonly certificateId: string;
}

/**
 * Certifies that a destroyed version cannot be opened any more, after trying.
 *
 * @throws {Error} the key still opens it
 */
export async function certify(
  ports: CertifyingPorts,
  place: Certifying,
  record: VersionRecord,
): Promise<SignedCertificate> {
  if (!isRejection(await openValue(ports, place, record))) {
    throw new Error(`version ${place.version} of a destroyed secret still opens: its key was not shredded`);
  }
  const { added } = await readAdded(ports, place, record);
  const destroyed = { name: 'VersionDestroyed', revision: record.destroyedRevision } as const;
  const { data, fact } = await readStored(ports, place, destroyed);
  const facts = {
    tenant: place.tenant,
    subjectType: 'vault.secret',
    subjectId: place.secretId,
    subjectVersion: place.version,
    keyId: record.keyId,
    method: 'data key destroyed (cryptographic erasure, NIST SP 800-88)',
    destroyedAt: fact.at,
    evidence: {
      writtenAt: record.createdAt,
      ciphertextSha256: createHash('sha256').update(Buffer.from(added.sealed.sealed, 'base64')).digest('hex'),
      destroyedBy: `${fact.actor.type}/${fact.actor.id}`,
      cause: data.cause,
      ...(data.reason === undefined ? {} : { reason: data.reason }),
      eventId: fact.eventId,
      stream: fact.stream,
      revision: fact.revision,
      keyFoundDestroyedAt: place.now,
    },
  };
  return certifyDestruction(ports.signer, facts, place.certificateId);
}
