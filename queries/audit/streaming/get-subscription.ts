import { z } from 'zod';
import { ListedSubscription, listedSubscription } from '../../../src/domain/audit/streaming/listed.ts';
import { notFound, SubscriptionId } from '../../../src/domain/audit/streaming/shown.ts';
import { query } from '../../../src/kernel/query.ts';
import { sql } from '../../../src/kernel/sql.ts';

export const getSubscription = query({
  name: 'audit.getSubscription',
  summary: 'Reads one subscription, a deleted one too.',
  route: 'GET /audit/v1/streaming/subscriptions/:subscriptionId',
  aliases: ['GET /v1/streaming/subscriptions/:subscriptionId'],
  input: z.strictObject({ subscriptionId: SubscriptionId }),
  output: ListedSubscription,
  controls: { permission: 'audit.subscription.read', audit: 'none' },
  reads: 'audit_subscriptions',
  rejections: { SubscriptionNotFound: 404 },
  run: ({ subscriptionId }, { tenant }) =>
    sql`select * from audit_subscriptions where tenant_id = ${tenant} and subscription_id = ${subscriptionId}`,
  respond: ([row]) => (row === undefined ? notFound() : listedSubscription(row)),
});
