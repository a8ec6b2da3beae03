import type { EventLog } from '../../kernel/log.ts';
import type { ReadModels } from '../../kernel/pipeline/deps.ts';
import { sql } from '../../kernel/sql.ts';
import { StoreUnavailable } from '../../kernel/unavailable.ts';
import type { UsageReader } from './quotas.ts';

const waitMs = 3_000;

/** Reads a meter's units from the read model `tenancy_usage`, once that has seen all that stands on the log now. */
export function usageFrom(readModels: ReadModels, log: EventLog): UsageReader {
  return async (tenant, meter, month) => {
    const head = await log.head();
    if (head !== undefined && !(await readModels.waitFor(['tenancy_usage'], head, waitMs))) {
      throw new StoreUnavailable('tenancy_usage is behind the log');
    }
    const [row] = await readModels.run(
      tenant,
      sql`select sum(units) as units from tenancy_usage where tenant_id = ${tenant} and meter = ${meter} and month = ${month}`,
    );
    return Number(row?.['units'] ?? 0);
  };
}
