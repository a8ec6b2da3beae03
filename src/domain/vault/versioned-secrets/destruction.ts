import { createHash } from 'node:crypto';
import type { Ports } from '../../../kernel/ports.ts';
import { isRejection } from '../../../kernel/rejection.ts';
import { openValue, readAdded, type VersionPlace } from './sealed-value.ts';
import type { VersionRecord } from './secret.ts';
import { readStored } from './stored-event.ts';

/** A document and a detached signature over its canonical JSON; anybody checks it offline with our public keys. */
export interface DestructionCertificate {
  readonly document: Readonly<Record<string, unknown>>;
  readonly signature: Readonly<Record<string, unknown>>;
}

/** The purpose signed into every certificate. */
export const certificatePurpose = 'destruction-certificate';

type CertifyingPorts = Pick<Ports, 'sealer' | 'readEvent' | 'signer'>;

/**
 * Certifies that a destroyed version cannot be opened any more, after trying.
 *
 * @throws {Error} the key still opens it
 */
export async function certify(
  ports: CertifyingPorts,
  place: VersionPlace & { readonly now: string },
  record: VersionRecord,
): Promise<DestructionCertificate> {
  if (!isRejection(await openValue(ports, place, record))) {
    throw new Error(`version ${place.version} of a destroyed secret still opens: its key was not shredded`);
  }
  const document = await describe(ports, place, record);
  return { document, signature: await ports.signer.sign(certificatePurpose, document) };
}

async function describe(
  ports: CertifyingPorts,
  place: VersionPlace & { readonly now: string },
  record: VersionRecord,
): Promise<Readonly<Record<string, unknown>>> {
  const { tenant, secretId, version, now } = place;
  const { added } = await readAdded(ports, place, record);
  const destroyed = { name: 'VersionDestroyed', revision: record.destroyedRevision } as const;
  const { data, fact } = await readStored(ports, place, destroyed);
  const { cause, reason } = data;
  return {
    type: 'keyledger.destruction-certificate',
    formatVersion: 1,
    tenant,
    secretId,
    version,
    keyId: record.keyId,
    ciphertextSha256: createHash('sha256').update(Buffer.from(added.sealed.sealed, 'base64')).digest('hex'),
    createdAt: record.createdAt,
    destroyedAt: fact.at,
    destroyedBy: { type: fact.actor.type, id: fact.actor.id },
    cause,
    ...(reason === undefined ? {} : { reason }),
    event: { id: fact.eventId, stream: fact.stream, revision: fact.revision },
    keyFoundDestroyedAt: now,
  };
}
