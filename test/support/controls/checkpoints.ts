import { Checkpoint } from '../../../src/domain/audit/checkpoint.ts';
import { witnessKey } from '../../../src/domain/audit/witness.ts';
import type { LogEvent } from '../../../src/kernel/log.ts';
import type { Checkpoint as Head } from '../../../src/kernel/proof/checkpoint.ts';

/** The head as it was signed. */
export const signedHead = ({ origin, root, size }: Head, position = '100', keyVersion = 1) =>
  Checkpoint.events.Signed({ origin, size, root: root.toString('base64'), position, keyVersion, note: 'note' });

/** The registration of a witness's key. */
export function registered(vkey: string) {
  const { keyId = '', name = '' } = witnessKey(vkey) ?? {};
  return Checkpoint.events.WitnessRegistered({ keyId, name, vkey });
}

/** An event as it is on the log. */
export const storedEvent: LogEvent = {
  id: '3f1c2b4e-0000-5000-8000-000000000001',
  type: 'vault.Secret.VersionDestroyed',
  data: { secretId: 'db', version: 2 },
  metadata: { tenant: 'acme', actor: { type: 'user', id: 'alice' }, at: '2026-01-01T00:00:00.000Z', salt: 'AAEC' },
  stream: 'vault.Secret-acme.db',
  revision: 4,
  position: 12n,
};
