import { StoredDestination } from '../../domain/audit/streaming/destination.ts';
import { configSeal, type SubscriptionState, secretSeal } from '../../domain/audit/streaming/subscription.ts';
import type { Clock, Sealer } from '../../kernel/ports.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import type { DeliveryTarget } from './destinations/destination.ts';
import { kafkaTarget } from './destinations/kafka.ts';
import { sqsTarget } from './destinations/sqs.ts';
import { webhookTarget } from './destinations/webhook.ts';

export interface TargetParts {
  readonly sealer: Pick<Sealer, 'open'>;
  readonly outgoing: Outgoing;
  readonly clock: Clock;
}

/** Opens what a subscription has sealed. @throws {KeyDestroyed} it was deleted this moment */
export async function openTarget(
  parts: TargetParts,
  tenant: string,
  { config, secrets, subscriptionId }: SubscriptionState,
): Promise<DeliveryTarget | undefined> {
  if (config === undefined) return undefined;
  const { clock, outgoing, sealer } = parts;
  const opened = await sealer.open(configSeal(tenant, subscriptionId), config);
  const destination = StoredDestination.parse(JSON.parse(opened.toString('utf8')));
  opened.fill(0);
  if (destination.type === 'kafka') return kafkaTarget(destination.config, outgoing.guard);
  if (destination.type === 'sqs') return sqsTarget(destination.config, outgoing);
  const keys = await Promise.all(
    secrets
      .filter(({ until }) => until === undefined || until > new Date(clock.now()).toISOString())
      .map(async ({ secret, until, version }) => {
        const clear = await sealer.open(secretSeal(tenant, subscriptionId, version), secret);
        return { secret: clear.toString('utf8'), until };
      }),
  );
  return webhookTarget(destination.config, keys, { clock, outgoing });
}
