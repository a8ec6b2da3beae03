import { z } from 'zod';
import { SigningSecret } from '../../../src/domain/audit/streaming/destination.ts';
import { newSecret, overlapMs } from '../../../src/domain/audit/streaming/secrets.ts';
import { isThere, notFound, SubscriptionId } from '../../../src/domain/audit/streaming/shown.ts';
import { Subscription, secretSeal } from '../../../src/domain/audit/streaming/subscription.ts';
import { command } from '../../../src/kernel/command.ts';
import type { Sealed } from '../../../src/kernel/ports.ts';
import { reject } from '../../../src/kernel/rejection.ts';

export const rotateSubscriptionSecret = command({
  name: 'audit.rotateSubscriptionSecret',
  summary:
    'Gives a webhook a new signing secret. For a day each delivery is signed with the one before as well. One made here is shown once.',
  route: 'POST /audit/v1/streaming/subscriptions/:subscriptionId/rotate-secret',
  aliases: ['POST /v1/streaming/subscriptions/:subscriptionId/rotate-secret'],
  input: z.strictObject({ subscriptionId: SubscriptionId, secret: SigningSecret.optional() }),
  output: z.object({
    subscriptionId: SubscriptionId,
    version: z.int(),
    previousUntil: z.string(),
    signingSecret: z.string().optional(),
  }),
  controls: {
    effect: 'change',
    permission: 'audit.subscription.write',
    audit: { action: 'audit.subscription.rotate-secret', subject: ({ subscriptionId }) => subscriptionId },
  },
  revealsOnce: true,
  aggregate: Subscription,
  stream: ({ subscriptionId }) => subscriptionId,
  rejections: { SubscriptionNotFound: 404, DestinationUnsigned: 409 },
  validate: (subscription) => {
    if (!isThere(subscription)) return notFound();
    if (subscription.destination?.type === 'webhook') return undefined;
    return reject('DestinationUnsigned', 'Only deliveries to webhooks are signed.');
  },
  prepare: async ({ secrets }, { secret, subscriptionId }, { commandId, ports, tenant }) => {
    const made = secret === undefined ? await newSecret(ports, { tenant, commandId }) : undefined;
    const version = (secrets[0]?.version ?? 0) + 1;
    const place = secretSeal(tenant, subscriptionId, version);
    return { version, made, sealed: await ports.sealer.seal(place, Buffer.from(secret ?? made ?? '')) };
  },
  decide: (
    _subscription,
    { subscriptionId },
    { now, prepared }: { readonly now: string; readonly prepared: Prepared },
  ) => [
    Subscription.events.SecretRotated({
      subscriptionId,
      version: prepared.version,
      secret: prepared.sealed,
      previousUntil: new Date(Date.parse(now) + overlapMs).toISOString(),
    }),
  ],
  respond: (_subscription, { subscriptionId }, { events, prepared }) => {
    const [rotated] = events;
    const previousUntil = rotated?.name === 'SecretRotated' ? rotated.data.previousUntil : '';
    const { made, version } = prepared;
    return { subscriptionId, version, previousUntil, ...(made !== undefined && { signingSecret: made }) };
  },
});

interface Prepared {
  readonly version: number;
  readonly made: string | undefined;
  readonly sealed: Sealed;
}
