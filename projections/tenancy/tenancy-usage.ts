import { projection } from '../../src/kernel/projection.ts';
import { sql } from '../../src/kernel/sql.ts';
import { whenever } from '../../src/kernel/when.ts';

/** tenancy_usage: units a tenant used of a meter in a calendar month (UTC), as the metadata of all events says. */
export const tenancyUsage = projection({
  name: 'tenancy_usage',
  version: 1,
  table: `create table tenancy_usage (
    tenant_id text not null,
    meter text not null,
    month text not null,
    units bigint not null,
    primary key (tenant_id, meter, month)
  );`,
  on: whenever((_event, { at, metadata, tenant }) => {
    const { meter, units } = metadata;
    if (typeof meter !== 'string' || typeof units !== 'number' || units === 0) return undefined;
    return [
      sql`insert into tenancy_usage (tenant_id, meter, month, units) values (${tenant}, ${meter}, ${at.slice(0, 7)}, ${units})
        on conflict (tenant_id, meter, month) do update set units = tenancy_usage.units + excluded.units`,
    ];
  }),
});
