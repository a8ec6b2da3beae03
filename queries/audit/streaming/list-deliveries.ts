import { z } from 'zod';
import { deliveryStatuses, ListedDelivery, listedDelivery } from '../../../src/domain/audit/streaming/listed.ts';
import { notFound, SubscriptionId } from '../../../src/domain/audit/streaming/shown.ts';
import { query } from '../../../src/kernel/query.ts';
import { sql } from '../../../src/kernel/sql.ts';

export const listDeliveries = query({
  name: 'audit.listDeliveries',
  summary: 'Lists what was sent for a subscription and what is still to be sent, the newest first.',
  route: 'GET /audit/v1/streaming/subscriptions/:subscriptionId/deliveries',
  aliases: ['GET /v1/streaming/subscriptions/:subscriptionId/deliveries'],
  input: z.strictObject({
    subscriptionId: SubscriptionId,
    status: z.enum(deliveryStatuses).optional(),
    replayId: z.uuid().optional(),
  }),
  output: z.object({ subscriptionId: SubscriptionId, deliveries: z.array(ListedDelivery) }),
  controls: { permission: 'audit.subscription.read', audit: 'none' },
  reads: 'audit_subscriptions',
  rejections: { SubscriptionNotFound: 404 },
  page: { by: ['position', 'delivery_id'], direction: 'desc', defaultLimit: 100, maxLimit: 1_000 },
  parent: {
    run: ({ subscriptionId }, { tenant }) =>
      sql`select 1 from audit_subscriptions where tenant_id = ${tenant} and subscription_id = ${subscriptionId}`,
    missing: () => notFound(),
  },
  run: ({ replayId, status, subscriptionId }, { tenant }) => sql`
    select delivery_id, event_id, event_type, position, replay_id, status, attempts, last_at, next_at, last_status, last_error
    from kernel.deliveries
    where tenant_id = ${tenant} and subscription_id = ${subscriptionId}
      and (${status}::text is null or status = ${status}) and (${replayId}::uuid is null or replay_id = ${replayId})`,
  respond: (rows, { subscriptionId }) => ({ subscriptionId, deliveries: rows.map(listedDelivery) }),
});
