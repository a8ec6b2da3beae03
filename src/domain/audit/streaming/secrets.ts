import type { Ports, Sealed } from '../../../kernel/ports.ts';
import type { Destination } from './destination.ts';
import { configSeal, secretSeal } from './subscription.ts';

/** Milliseconds for which the secret before is used beside a new one. */
export const overlapMs = 24 * 3_600_000;

/** A new secret in the form of Standard Webhooks: 32 bytes that only who holds the tenant's mac key could tell from the place. */
export async function newSecret(
  { sealer }: Pick<Ports, 'sealer'>,
  { commandId, tenant }: { readonly tenant: string; readonly commandId: string },
): Promise<string> {
  const bytes = await sealer.mac(tenant, 'audit.subscription signing secret', Buffer.from(commandId));
  return `whsec_${bytes.toString('base64')}`;
}

export interface SealedDestination {
  readonly config: Sealed;
  readonly secret: Sealed | undefined;
  /** What was made here and is shown once. */
  readonly made: string | undefined;
}

/** Seals what a destination needs to be reached; a webhook that brings no secret gets one. */
export async function sealDestination(
  ports: Pick<Ports, 'sealer'>,
  place: { readonly tenant: string; readonly id: string; readonly commandId: string },
  destination: Destination,
): Promise<SealedDestination> {
  const { tenant, id } = place;
  const { sealer } = ports;
  const given = destination.type === 'webhook' ? destination.config.secret : undefined;
  const made = destination.type === 'webhook' && given === undefined ? await newSecret(ports, place) : undefined;
  const signing = given ?? made;
  const [config, secret] = await Promise.all([
    sealer.seal(configSeal(tenant, id), Buffer.from(JSON.stringify(withoutSecret(destination)))),
    signing === undefined ? undefined : sealer.seal(secretSeal(tenant, id, 1), Buffer.from(signing)),
  ]);
  return { config, secret, made };
}

/** The signing secret is sealed apart, since it is replaced apart. */
function withoutSecret(destination: Destination): Destination {
  if (destination.type !== 'webhook') return destination;
  const { secret: _secret, ...config } = destination.config;
  return { ...destination, config };
}
