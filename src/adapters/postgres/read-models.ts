import type { ReadModels } from '../../kernel/pipeline/deps.ts';
import type { Row } from '../../kernel/query.ts';
import { type Sql, sql } from '../../kernel/sql.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Database } from './database.ts';
import { watchPositions } from './position-watch.ts';

/**
 * Reads of the read models, each in a read-only transaction that knows one tenant: row-level security hides every other's rows. The tenant
 * is set for the transaction alone, so a connection that goes back to the pool carries none.
 */
export function connectReadModels(options: {
  /** The pool of the role that serves requests. */
  readonly app: Database;
  readonly telemetry: Telemetry;
}): ReadModels & { close(): Promise<void> } {
  const { app, telemetry } = options;
  const watch = watchPositions(app, telemetry.log);
  return {
    run: async (tenant, statement) => {
      try {
        return await readAs(app, tenant, statement);
      } catch (error) {
        if (!hitSwap(error)) throw error;
        return readAs(app, tenant, statement);
      }
    },
    waitFor: (projections, position, timeoutMs) => watch.waitFor(projections, position, timeoutMs),
    close: () => watch.close(),
  };
}

function readAs(app: Database, tenant: string, statement: Sql): Promise<readonly Row[]> {
  const setting = sql`
    select set_config('transaction_read_only', 'on', true),
      set_config('keyledger.tenant', ${tenant}, true), set_config('search_path', 'read_models', true)`;
  return app.transaction(async (run) => {
    const [, rows] = await Promise.all([run(setting), run(statement)]);
    return rows;
  });
}

/** A table that was replaced between being named and being locked: the next look finds its successor. */
function hitSwap(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === '42P01' || (code === 'XX000' && String(message).includes('could not open relation'));
}
