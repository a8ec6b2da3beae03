import { createHash } from 'node:crypto';
import type { ReadModels } from '../../kernel/pipeline/deps.ts';
import type { Row } from '../../kernel/query.ts';
import { type Sql, sql } from '../../kernel/sql.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Database, Statement } from './database.ts';
import { watchPositions } from './position-watch.ts';

export interface ConnectedReadModels extends ReadModels {
  /** Tells of a position that this process has committed itself. */
  saw(projection: string, position: bigint): void;
  close(): Promise<void>;
}

/**
 * Reads of the read models, each in a read-only transaction that knows one tenant: row-level security hides every other's rows. The tenant
 * is set for the transaction alone, so a connection that goes back to the pool carries none.
 */
export function connectReadModels(options: {
  /** The pool of the role that serves requests. */
  readonly app: Database;
  readonly telemetry: Telemetry;
}): ConnectedReadModels {
  const { app, telemetry } = options;
  const watch = watchPositions(app, telemetry.log);
  return {
    run: async (tenant, statement) => {
      try {
        return await readAs(app, tenant, named(statement));
      } catch (error) {
        if (!hitSwap(error)) throw error;
        // Without a name: a plan made for the table before may be what stands in the way.
        return readAs(app, tenant, statement);
      }
    },
    waitFor: (projections, position, timeoutMs) => watch.waitFor(projections, position, timeoutMs),
    saw: (projection, position) => watch.saw(projection, position),
    close: () => watch.close(),
  };
}

async function readAs(app: Database, tenant: string, statement: Statement): Promise<readonly Row[]> {
  const setting = sql`
    select set_config('transaction_read_only', 'on', true),
      set_config('keyledger.tenant', ${tenant}, true), set_config('search_path', 'read_models', true)`;
  const [, rows = []] = await app.together([{ ...setting, name: 'keyledger_read_as' }, statement]);
  return rows;
}

/** Texts that have a name. Endpoints' statements are few; beyond this many, something makes texts up. */
const namesAtMost = 1_000;
const names = new Map<string, string>();

/** Postgres parses and plans a text once a connection. */
function named(statement: Sql): Statement {
  const { text } = statement;
  const known = names.get(text);
  if (known !== undefined) return { ...statement, name: known };
  if (names.size >= namesAtMost) return statement;
  const name = `read_${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
  names.set(text, name);
  return { ...statement, name };
}

/**
 * A table that was replaced between being named and being locked: the next look finds its successor. Or it was replaced by one of other
 * columns since its plan was made.
 */
function hitSwap(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (
    code === '42P01' || code === '0A000' || (code === 'XX000' && String(message).includes('could not open relation'))
  );
}
