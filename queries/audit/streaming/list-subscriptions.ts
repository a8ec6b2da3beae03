import { z } from 'zod';
import { ListedSubscription, listedSubscription } from '../../../src/domain/audit/streaming/listed.ts';
import { statuses } from '../../../src/domain/audit/streaming/shown.ts';
import { query } from '../../../src/kernel/query.ts';
import { sql } from '../../../src/kernel/sql.ts';

export const listSubscriptions = query({
  name: 'audit.listSubscriptions',
  summary: 'Lists the tenant’s subscriptions, the newest first; deleted ones only where status asks for them.',
  route: 'GET /audit/v1/streaming/subscriptions',
  aliases: ['GET /v1/streaming/subscriptions'],
  input: z.strictObject({ status: z.enum(statuses).optional() }),
  output: z.object({ subscriptions: z.array(ListedSubscription) }),
  controls: { permission: 'audit.subscription.read', audit: 'none' },
  reads: 'audit_subscriptions',
  page: { by: ['created_at', 'subscription_id'], direction: 'desc', defaultLimit: 50, maxLimit: 500 },
  run: ({ status }, { tenant }) => sql`
    select * from audit_subscriptions
    where tenant_id = ${tenant} and case when ${status}::text is null then status <> 'deleted' else status = ${status} end`,
  respond: (rows) => ({ subscriptions: rows.map(listedSubscription) }),
});
