import { z } from 'zod';
import { TenantId, Term } from '../../src/domain/audit/fields.ts';
import { RegistryEvent, registryEvent } from '../../src/domain/audit/registry-event.ts';
import { Instant } from '../../src/kernel/instant.ts';
import { query } from '../../src/kernel/query.ts';
import { sql } from '../../src/kernel/sql.ts';

export const listRegistryEvents = query({
  name: 'audit.listRegistryEvents',
  summary:
    'Lists a tenant’s audit events, newest first, those of other products among them. The platform’s operators may name any tenant.',
  route: 'GET /v1/audit',
  input: z.strictObject({
    tenant_id: TenantId.optional(),
    product: Term.optional(),
    actor_id: Term.optional(),
    action: Term.optional(),
    since: Instant.optional(),
    until: Instant.optional(),
  }),
  output: z.object({ items: z.array(RegistryEvent) }),
  controls: {
    permission: 'audit.read',
    audit: {
      action: 'audit.read',
      subject: () => 'events',
      details: ({ tenant_id: tenant }) => (tenant === undefined ? {} : { tenant }),
    },
  },
  reads: ['audit_log', 'audit_external_events'],
  page: { by: ['index'], direction: 'desc', defaultLimit: 100, maxLimit: 500, cursor: 'integer' },
  tenant: ({ tenant_id: tenant }) => tenant,
  run: ({ action, actor_id: actor, product, since, until }, { tenant }) => sql`
    select * from (
      select e.tenant_id, e.index, e.position, e.at, e.actor_type, e.actor_id, e.source, e.user_agent,
        coalesce(x.action, e.action) as what, coalesce(x.product, e.service) as by_product,
        coalesce(x.actor_id, e.actor_id) as who, x.actor_id is not null as named, x.actor_type as claimed_actor_type,
        coalesce(x.target_id, nullif(e.subject, '')) as target, x.project_id, x.actor_name, x.target_type, x.target_name, x.metadata, x.payload
      from audit_entries e
      left join audit_external_events x on x.tenant_id = e.tenant_id and x.event_id = e.event_id
      where e.tenant_id = ${tenant}
    ) as events
    where (${product}::text is null or by_product = ${product}) and (${actor}::text is null or who = ${actor})
      and (${action}::text is null or what = ${action}) and (${since}::text is null or at >= ${since})
      and (${until}::text is null or at < ${until})`,
  respond: (rows) => ({ items: rows.map(registryEvent) }),
});
