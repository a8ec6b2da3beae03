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
  const bytes = await ports.sealer.open(passwordSeal(place.tenant, place.userId, place.version), sealed);
  return ports.passwords.verify(bytes.toString('utf8'), password);
}
