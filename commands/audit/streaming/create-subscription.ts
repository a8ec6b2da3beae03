import { z } from 'zod';
import { Destination, shownDestination } from '../../../src/domain/audit/streaming/destination.ts';
import { Filters } from '../../../src/domain/audit/streaming/filters.ts';
import { type SealedDestination, sealDestination } from '../../../src/domain/audit/streaming/secrets.ts';
import { ShownSubscription, showSubscription } from '../../../src/domain/audit/streaming/shown.ts';
import { Subscription } from '../../../src/domain/audit/streaming/subscription.ts';
import { command } from '../../../src/kernel/command.ts';

export const createSubscription = command({
  name: 'audit.createSubscription',
  summary:
    'Subscribes to the tenant’s audit events from now on: posted to a webhook, sent to Kafka or SQS, or only read over the event stream. A signing secret made here is shown once.',
  route: 'POST /audit/v1/streaming/subscriptions',
  aliases: ['POST /v1/streaming/subscriptions'],
  status: 201,
  input: z.strictObject({
    name: z.string().trim().min(1).max(200),
    filters: Filters.default({ eventTypes: [], services: [], severities: [] }),
    destination: Destination.optional(),
  }),
  output: ShownSubscription.extend({
    /** Of a webhook that brought none. */
    signingSecret: z.string().optional(),
  }),
  controls: {
    effect: 'create',
    permission: 'audit.subscription.write',
    entitlement: 'audit.streaming',
    audit: { action: 'audit.subscription.create', subject: ({ name }) => name },
  },
  revealsOnce: true,
  aggregate: Subscription,
  stream: (_input, { newId }) => newId('subscription'),
  prepare: async (_subscription, { destination }, { commandId, newId, ports, tenant }) =>
    destination && sealDestination(ports, { tenant, commandId, id: newId('subscription') }, destination),
  decide: (
    _subscription,
    { destination, filters, name },
    { newId, prepared }: { newId(label: string): string; readonly prepared: SealedDestination | undefined },
  ) => [
    Subscription.events.Created({
      subscriptionId: newId('subscription'),
      name,
      filters,
      ...(destination && { destination: shownDestination(destination) }),
      ...(prepared && { config: prepared.config }),
      ...(prepared?.secret && { secret: prepared.secret }),
    }),
  ],
  respond: (subscription, _input, { prepared }) => ({
    ...showSubscription(subscription),
    ...(prepared?.made !== undefined && { signingSecret: prepared.made }),
  }),
});
