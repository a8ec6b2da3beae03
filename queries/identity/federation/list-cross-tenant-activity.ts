import { z } from 'zod';
import { beginningOf, Period } from '../../../src/domain/identity/federation/period.ts';
import { query } from '../../../src/kernel/query.ts';
import { sql } from '../../../src/kernel/sql.ts';

const tenantId = z.string().regex(/^[a-z0-9-]{1,64}$/, 'is a tenant’s id');
/** In a query string: given several times, or once with commas. */
const TenantIds = z
  .union([z.string().transform((text) => text.split(',')), z.array(z.string())])
  .pipe(z.array(tenantId).min(1).max(100));

export const listCrossTenantActivity = query({
  name: 'identity.listCrossTenantActivity',
  summary:
    'Counts what one tenant did to another, latest first: all pairs for the platform’s operators, else those of the caller’s tenant.',
  route: 'GET /auth/federation/audit/cross-tenant',
  input: z.strictObject({ period: Period.default('P30D'), tenantIds: TenantIds.optional() }),
  output: z.object({
    activity: z.array(
      z.object({
        sourceTenantId: z.string(),
        targetTenantId: z.string(),
        eventCount: z.int(),
        lastActivityAt: z.string(),
      }),
    ),
  }),
  controls: {
    permission: 'identity.federation.read',
    audit: { action: 'identity.federation.read-cross-tenant', subject: () => 'federation' },
  },
  reads: 'identity_cross_tenant_activity',
  page: {
    by: ['last_activity_at', 'source_tenant_id', 'target_tenant_id'],
    direction: 'desc',
    defaultLimit: 100,
    maxLimit: 1_000,
  },
  run: ({ period, tenantIds = null }, { now, tenant }) => sql`
    select source_tenant_id, target_tenant_id, count(*)::int as event_count, max(at) as last_activity_at
    from identity_cross_tenant_activity
    where tenant_id = ${tenant} and at >= ${beginningOf(period, now)}
      and (${tenantIds}::text[] is null or source_tenant_id = any(${tenantIds}) or target_tenant_id = any(${tenantIds}))
    group by source_tenant_id, target_tenant_id`,
  respond: (rows) => ({
    activity: rows.map((row) => ({
      sourceTenantId: row['source_tenant_id'] as string,
      targetTenantId: row['target_tenant_id'] as string,
      eventCount: row['event_count'] as number,
      lastActivityAt: (row['last_activity_at'] as Date).toISOString(),
    })),
  }),
});
