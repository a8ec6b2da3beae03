import { randomBytes } from 'node:crypto';
import type { Ports, Sealed } from '../../../kernel/ports.ts';
import type { Destination } from './destination.ts';
import { configSeal, secretSeal } from './subscription.ts';

/** Milliseconds for which the secret before is used beside a new one. */
export const overlapMs = 24 * 3_600_000;
const generatedBytes = 32;

/** A new secret in the form of Standard Webhooks. */
export function newSecret(): string {
  return `whsec_${randomBytes(generatedBytes).toString('base64')}`;
}

export interface SealedDestination {
  readonly config: Sealed;
  readonly secret: Sealed | undefined;
  /** What was made here and is shown once. */
  readonly made: string | undefined;
}

/** Seals what a destination needs to be reached; a webhook that brings no secret gets one. */
export async function sealDestination(
  { sealer }: Pick<Ports, 'sealer'>,
  place: { readonly tenant: string; readonly id: string },
  destination: Destination,
): Promise<SealedDestination> {
  const { tenant, id } = place;
  const given = destination.type === 'webhook' ? destination.config.secret : undefined;
  const made = destination.type === 'webhook' && given === undefined ? newSecret() : undefined;
  const signing = given ?? made;
  const [config, secret] = await Promise.all([
    sealer.seal(configSeal(tenant, id), Buffer.from(JSON.stringify(destination))),
    signing === undefined ? undefined : sealer.seal(secretSeal(tenant, id, 1), Buffer.from(signing)),
  ]);
  return { config, secret, made };
}
