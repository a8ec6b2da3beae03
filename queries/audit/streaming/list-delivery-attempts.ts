import { z } from 'zod';
import { ListedAttempt, listedAttempt } from '../../../src/domain/audit/streaming/listed.ts';
import { SubscriptionId } from '../../../src/domain/audit/streaming/shown.ts';
import { query } from '../../../src/kernel/query.ts';
import { reject } from '../../../src/kernel/rejection.ts';
import { sql } from '../../../src/kernel/sql.ts';

export const listDeliveryAttempts = query({
  name: 'audit.listDeliveryAttempts',
  summary: 'Lists each time an event was sent to its destination, and what came back.',
  route: 'GET /audit/v1/streaming/subscriptions/:subscriptionId/deliveries/:deliveryId/attempts',
  aliases: ['GET /v1/streaming/subscriptions/:subscriptionId/deliveries/:deliveryId/attempts'],
  input: z.strictObject({ subscriptionId: SubscriptionId, deliveryId: z.uuid() }),
  output: z.object({ deliveryId: z.uuid(), attempts: z.array(ListedAttempt) }),
  controls: { permission: 'audit.subscription.read', audit: 'none' },
  reads: 'audit_subscriptions',
  rejections: { DeliveryNotFound: 404 },
  page: { by: ['attempt'], direction: 'asc', defaultLimit: 100, maxLimit: 1_000 },
  parent: {
    run: ({ deliveryId, subscriptionId }, { tenant }) => sql`
      select 1 from kernel.deliveries
      where tenant_id = ${tenant} and subscription_id = ${subscriptionId} and delivery_id = ${deliveryId}`,
    missing: () => reject('DeliveryNotFound', 'There is no such delivery of this subscription.'),
  },
  run: ({ deliveryId, subscriptionId }, { tenant }) => sql`
    select attempt, at, duration_ms, ok, status, error, answer
    from kernel.delivery_attempts
    where tenant_id = ${tenant} and subscription_id = ${subscriptionId} and delivery_id = ${deliveryId}`,
  respond: (rows, { deliveryId }) => ({ deliveryId, attempts: rows.map(listedAttempt) }),
});
