import { RetentionRun } from '../../src/domain/audit/retention/retention-run.ts';
import { parseStream } from '../../src/kernel/codec.ts';
import { projection } from '../../src/kernel/projection.ts';
import { Request } from '../../src/kernel/request.ts';
import { sql } from '../../src/kernel/sql.ts';
import { when, whenever } from '../../src/kernel/when.ts';

/** The day whose facts about requests a stream holds; empty for any other stream. */
function requestDay(stream: string): string {
  const parsed = parseStream(stream);
  return parsed?.aggregate === Request.name ? parsed.id : '';
}

/**
 * tenancy_usage: units a tenant used of a meter in a calendar month (UTC), as the metadata of all events says. What facts about requests
 * say is apart for each day of theirs: before they leave the log, retention says what they came to.
 */
export const tenancyUsage = projection({
  name: 'tenancy_usage',
  version: 2,
  table: `create table tenancy_usage (
    tenant_id text not null,
    meter text not null,
    month text not null,
    day text not null,
    units bigint not null,
    primary key (tenant_id, meter, month, day)
  );`,
  on: [
    whenever((_event, { at, metadata, stream, tenant }) => {
      const { meter, units } = metadata;
      if (typeof meter !== 'string' || typeof units !== 'number' || units === 0) return [];
      return [
        sql`insert into tenancy_usage (tenant_id, meter, month, day, units)
          values (${tenant}, ${meter}, ${at.slice(0, 7)}, ${requestDay(stream)}, ${units})
          on conflict (tenant_id, meter, month, day) do update set units = tenancy_usage.units + excluded.units`,
      ];
    }),
    when(RetentionRun, {
      RequestsExpired: ({ day, usage }, { tenant }) =>
        usage.map(
          ({ meter, month, units }) => sql`
            insert into tenancy_usage (tenant_id, meter, month, day, units)
            values (${tenant}, ${meter}, ${month}, ${day}, ${units})
            on conflict (tenant_id, meter, month, day) do update set units = excluded.units`,
        ),
    }),
  ],
});
