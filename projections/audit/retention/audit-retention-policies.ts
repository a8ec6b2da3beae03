import { RetentionPolicy } from '../../../src/domain/audit/retention/retention-policy.ts';
import { projection } from '../../../src/kernel/projection.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { when } from '../../../src/kernel/when.ts';

/** audit_retention_policies: one row a policy, those that were removed too. */
export const auditRetentionPolicies = projection({
  name: 'audit_retention_policies',
  version: 1,
  table: `
    create table audit_retention_policies (
      tenant_id text collate "C" not null,
      policy_id uuid not null,
      terms jsonb not null,
      created_at timestamptz not null,
      created_by text not null,
      removed_at timestamptz,
      primary key (tenant_id, policy_id)
    );`,
  on: when(RetentionPolicy, {
    Created: ({ policyId, ...terms }, { actor, at, tenant }) => [
      sql`
        insert into audit_retention_policies (tenant_id, policy_id, terms, created_at, created_by)
        values (${tenant}, ${policyId}, ${terms}, ${at}, ${actor.id})`,
    ],
    Removed: ({ policyId }, { at, tenant }) => [
      sql`update audit_retention_policies set removed_at = ${at} where tenant_id = ${tenant} and policy_id = ${policyId}`,
    ],
  }),
});
