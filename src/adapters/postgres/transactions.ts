import type pg from 'pg';
import type { Row } from '../../kernel/query.ts';
import { guarded, isAway } from './away.ts';
import type { Database, Run, Statement } from './database.ts';

/** A statement as the client takes it. */
export interface PooledStatement {
  readonly text: string;
  readonly values?: unknown[];
  readonly name?: string;
}

/** A connection as a transaction uses it. */
export interface PooledConnection {
  query(statement: PooledStatement | string): Promise<{ readonly rows: unknown[] }>;
  /** What is sent from here on, in this turn of the loop, leaves in one write. */
  sendTogether(): void;
  /** With an error, the connection is not used again. */
  release(broken?: Error): void;
}

/** A pool of connections. */
export interface ConnectionPool {
  connect(): Promise<PooledConnection>;
  query(statement: PooledStatement): Promise<{ readonly rows: unknown[] }>;
  end(): Promise<void>;
}

/** What stands over a pool: transactions, and failures in the kernel's terms. */
export function databaseOver(
  pool: ConnectionPool,
  { role, session }: { readonly role: string; readonly session: () => Promise<pg.Client> },
): Database {
  return {
    role,
    run: (statement) => guarded(async () => (await pool.query(configOf(statement))).rows as Row[]),
    together: (statements) => guarded(() => inOneGo(pool, statements)),
    transaction: (work) => guarded(() => inTransaction(pool, work)),
    session: () => guarded(session),
    close: () => pool.end(),
  };
}

function configOf({ name, text, values }: Statement): PooledStatement {
  return { text, values: [...values], ...(name !== undefined && { name }) };
}

async function inOneGo(pool: ConnectionPool, statements: readonly Statement[]): Promise<readonly (readonly Row[])[]> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    client.sendTogether();
    const begun = client.query('begin');
    const asked = statements.map((statement) => client.query(configOf(statement)));
    // After a statement that failed, this rolls back.
    const ended = client.query('commit');
    const answers = await Promise.allSettled([begun, ...asked, ended]);
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (failed !== undefined) {
      if (isAway(failed.reason)) broken = failed.reason as Error;
      throw failed.reason;
    }
    return (await Promise.all(asked)).map(({ rows }) => rows as Row[]);
  } finally {
    client.release(broken);
  }
}

async function inTransaction<T>(pool: ConnectionPool, work: (run: Run, commit: () => void) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    client.sendTogether();
    const begun = client.query('begin');
    // Where it fails, what follows on the connection fails too.
    begun.catch(() => undefined);
    let committed: Promise<unknown> | undefined;
    const commit = (): void => {
      client.sendTogether();
      committed = client.query('commit');
      committed.catch(() => undefined);
    };
    const run: Run = async (statement) => {
      client.sendTogether();
      return (await client.query(configOf(statement))).rows as Row[];
    };
    const result = await work(run, commit);
    await begun;
    await (committed ?? client.query('commit'));
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
