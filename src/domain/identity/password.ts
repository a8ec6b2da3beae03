import { KeyDestroyed } from '../../kernel/crypto/key-errors.ts';
import type { Ports, Sealed } from '../../kernel/ports.ts';
import { passwordSeal } from './user.ts';

/** Whose password, and which of them. */
export interface PasswordPlace {
  readonly tenant: string;
  readonly userId: string;
  readonly version: number;
}

/** Hashes a password and seals the hash under a data key of its own. */
export async function sealPassword(ports: Ports, place: PasswordPlace, password: string): Promise<Sealed> {
  const hash = await ports.passwords.hash(password);
  return ports.sealer.seal(passwordSeal(place.tenant, place.userId, place.version), Buffer.from(hash));
}

/** Whether a password is the one whose hash was sealed. Takes the same work where there is none. */
export async function isPassword(
  ports: Pick<Ports, 'passwords' | 'sealer'>,
  place: PasswordPlace,
  { sealed, password }: { readonly sealed: Sealed | undefined; readonly password: string },
): Promise<boolean> {
  if (sealed === undefined) return ports.passwords.verify(undefined, password);
  return ports.passwords.verify(await openHash(ports, place, sealed), password);
}

/** Undefined where the password was replaced this moment and the key of the old one is gone. */
async function openHash(
  { sealer }: Pick<Ports, 'sealer'>,
  { tenant, userId, version }: PasswordPlace,
  sealed: Sealed,
): Promise<string | undefined> {
  try {
    return (await sealer.open(passwordSeal(tenant, userId, version), sealed)).toString('utf8');
  } catch (error) {
    if (error instanceof KeyDestroyed) return undefined;
    throw error;
  }
}
