import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import { Tenant } from '../../../src/domain/tenancy/tenant.ts';
import type { DomainEvent, Fact } from '../../../src/kernel/aggregate.ts';
import { platformTenant } from '../../../src/kernel/principal.ts';
import { projection } from '../../../src/kernel/projection.ts';
import { positionsOf } from '../../../src/kernel/proof/kept-leaves.ts';
import { Request } from '../../../src/kernel/request.ts';
import { type Sql, sql } from '../../../src/kernel/sql.ts';
import { when, whenever } from '../../../src/kernel/when.ts';

interface Crossing {
  readonly source: string;
  readonly target: string;
}

/**
 * identity_cross_tenant_activity: one row for each thing that somebody of one tenant did to another, in the eyes of either and of
 * the platform, which sees all.
 */
export const identityCrossTenantActivity = projection({
  name: 'identity_cross_tenant_activity',
  version: 1,
  table: `
    create table identity_cross_tenant_activity (
      tenant_id text not null,
      position bigint not null,
      revision int not null,
      source_tenant_id text collate "C" not null,
      target_tenant_id text collate "C" not null,
      operation text not null,
      at timestamptz not null,
      primary key (tenant_id, position, revision)
    );
    create index on identity_cross_tenant_activity (tenant_id, at);`,
  on: [
    when(RetentionRun, { LeavesKept: ({ leaves }) => [gone(positionsOf(leaves))] }),
    whenever((event, fact): readonly Sql[] => {
      const crossing = crossingOf(event, fact);
      if (crossing === undefined) return [];
      const { source, target } = crossing;
      const operation = String(fact.metadata['operation'] ?? '');
      return [...new Set([platformTenant, source, target])].map(
        (seenBy) => sql`
        insert into identity_cross_tenant_activity (tenant_id, position, revision, source_tenant_id, target_tenant_id,
          operation, at)
        values (${seenBy}, ${fact.position}, ${fact.revision}, ${source}, ${target}, ${operation}, ${fact.at})`,
      );
    }),
  ],
});

/** In the eyes of all who saw it: a position is of one event of the whole log. */
function gone(positions: readonly string[]): Sql {
  return sql`delete from identity_cross_tenant_activity where position = any(${positions}::bigint[])`;
}

function crossingOf({ aggregate, data }: DomainEvent, { actor, id, tenant }: Fact): Crossing | undefined {
  if (tenant !== platformTenant) {
    // What the platform does in a tenant names the platform in the actor.
    return actor.id.startsWith(`${platformTenant}/`) ? { source: platformTenant, target: tenant } : undefined;
  }
  const target = aggregate === Tenant.name ? id : aggregate === Request.name ? ofTenant(data) : platformTenant;
  return target === platformTenant ? undefined : { source: platformTenant, target };
}

/** Whose rows an answered request read. */
function ofTenant(data: unknown): string {
  const { ofTenant: other } = data as { readonly ofTenant?: unknown };
  return typeof other === 'string' ? other : platformTenant;
}
