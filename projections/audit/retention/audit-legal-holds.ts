import { LegalHold } from '../../../src/domain/audit/retention/legal-hold.ts';
import { projection } from '../../../src/kernel/projection.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { when } from '../../../src/kernel/when.ts';

/** audit_legal_holds: one row a hold, those that were released too. */
export const auditLegalHolds = projection({
  name: 'audit_legal_holds',
  version: 1,
  table: `
    create table audit_legal_holds (
      tenant_id text collate "C" not null,
      hold_id uuid not null,
      name text not null,
      reason text not null,
      scope jsonb not null,
      expires_at timestamptz,
      placed_at timestamptz not null,
      placed_by text not null,
      released_at timestamptz,
      released_by text,
      primary key (tenant_id, hold_id)
    );`,
  on: when(LegalHold, {
    Placed: ({ expiresAt, holdId, name, reason, scope }, { actor, at, tenant }) => [
      sql`
        insert into audit_legal_holds (tenant_id, hold_id, name, reason, scope, expires_at, placed_at, placed_by)
        values (${tenant}, ${holdId}, ${name}, ${reason}, ${scope}, ${expiresAt}, ${at}, ${actor.id})`,
    ],
    Released: ({ holdId }, { actor, at, tenant }) => [
      sql`
        update audit_legal_holds set released_at = ${at}, released_by = ${actor.id}
        where tenant_id = ${tenant} and hold_id = ${holdId}`,
    ],
  }),
});
