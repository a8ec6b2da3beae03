import { ExternalEvent, held } from '../../src/domain/audit/external-event.ts';
import { RetentionRun } from '../../src/domain/audit/retention/retention-run.ts';
import { projection } from '../../src/kernel/projection.ts';
import { sql } from '../../src/kernel/sql.ts';
import { when } from '../../src/kernel/when.ts';

/** audit_external_events: what other products said of the events they recorded, by the event's id, until retention takes it. */
export const auditExternalEvents = projection({
  name: 'audit_external_events',
  version: 2,
  table: `
    create table audit_external_events (
      tenant_id text not null,
      event_id uuid not null,
      action text not null,
      product text,
      project_id text,
      actor_id text,
      actor_name text,
      actor_type text,
      target_id text,
      target_type text,
      target_name text,
      metadata text,
      payload text,
      primary key (tenant_id, event_id)
    );`,
  on: [
    when(RetentionRun, {
      EntriesPruned: ({ payloads }, { tenant }) =>
        payloads === undefined
          ? []
          : [
              sql`
                delete from audit_external_events
                where tenant_id = ${tenant} and event_id = any(${payloads.eventIds}::uuid[])`,
            ],
    }),
    when(ExternalEvent, {
      Recorded: (said, { eventId, tenant }) => [
        sql`
        insert into audit_external_events (tenant_id, event_id, action, product, project_id, actor_id, actor_name, actor_type,
          target_id, target_type, target_name, metadata, payload)
        values (${tenant}, ${eventId}, ${held(said.action)}, ${held(said.product)}, ${said.project_id}, ${held(said.actor_id)},
          ${held(said.actor_name)}, ${held(said.actor_type)}, ${held(said.target_id)}, ${held(said.target_type)},
          ${held(said.target_name)}, ${said.metadata === undefined ? null : JSON.stringify(said.metadata)},
          ${said.payload?.sealed})`,
      ],
    }),
  ],
});
