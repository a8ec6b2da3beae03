import type { Writable } from 'node:stream';
import pg from 'pg';
import type { Row } from '../../kernel/query.ts';
import type { Sql } from '../../kernel/sql.ts';
import { type ConnectionPool, databaseOver, type PooledStatement } from './transactions.ts';

/** A statement; with a name, Postgres parses and plans it once a connection. The name must stand for one text on the same tables. */
export type Statement = Sql & { readonly name?: string };

/** Runs one statement. Several that are not waited for run in the order of the calls. */
export type Run = (statement: Statement) => Promise<readonly Row[]>;

/** A pool of Postgres connections under one role. */
export interface Database {
  /** One statement in a transaction of its own. @throws {StoreUnavailable} */
  readonly run: Run;
  /**
   * Statements of one transaction that do not need one another's answers: all of it goes out in one write. Gives the rows of each.
   *
   * @throws {StoreUnavailable}
   */
  together(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>;
  /**
   * Commits when `work` resolves, else rolls back.
   *
   * @param work may call `commit` once behind its last statement, without waiting for that: both go out together, and where a statement has failed,
   *   nothing is committed. It still has to wait for its statements
   * @throws {StoreUnavailable}
   */
  transaction<T>(work: (run: Run, commit: () => void) => Promise<T>): Promise<T>;
  /** A connection of the caller's own, outside the pool's count, for LISTEN and session locks. The caller ends it. */
  session(): Promise<pg.Client>;
  /** The role this pool connects as. */
  readonly role: string;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Connections at most; 8 where absent. */
  readonly max?: number;
  /** Shown in pg_stat_activity. */
  readonly name?: string;
  /** Milliseconds one statement may take; 30,000 where absent. */
  readonly statementTimeoutMs?: number;
}

const int8 = 20;
/** Statements that are not waited for go out together; the package's types do not know the option yet. */
const pipelined: object = { pipeline: true };
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === int8 ? (text: string) => BigInt(text) : pg.types.getTypeParser(oid, format as 'text'),
} as pg.CustomTypesConfig;

/** Connects lazily: a database that is away shows at the first statement. 64-bit integers come back as bigint. */
export function connectDatabase(url: string, options: DatabaseOptions = {}): Database {
  const settings: pg.ClientConfig = {
    connectionString: url,
    application_name: options.name ?? 'keyledger',
    connectionTimeoutMillis: 3_000,
    keepAlive: true,
    types,
    ...pipelined,
  };
  const pool = new pg.Pool({
    ...settings,
    max: options.max ?? 8,
    idleTimeoutMillis: 30_000,
    // Named statements end with their connection.
    maxLifetimeSeconds: 1_800,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  // The same for one that breaks between two statements of a transaction: the next statement shows it.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  const session = async (): Promise<pg.Client> => {
    const client = new pg.Client(settings);
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  return databaseOver(connectionsOf(pool), { role: decodeURIComponent(new URL(url).username), session });
}

function connectionsOf(pool: pg.Pool): ConnectionPool {
  return {
    connect: async () => {
      const client = await pool.connect();
      return {
        query: (statement) => answered(client, statement),
        sendTogether: () => sendTogether(client),
        release: (broken) => client.release(broken),
      };
    },
    query: (statement) => pool.query(statement),
    end: () => pool.end(),
  };
}

/**
 * A statement's answer, by callback: rows that the client itself gives as a promise outlive the young generation, all of them, and a process
 * that reads a million grows by hundreds of megabytes before they are collected.
 */
function answered(client: pg.PoolClient, statement: PooledStatement | string): Promise<pg.QueryResult> {
  let answer: (error: Error | null, result: pg.QueryResult) => void = () => undefined;
  const promise = new Promise<pg.QueryResult>((resolve, reject) => {
    answer = (error, result) => (error ? reject(error) : resolve(result));
  });
  void client.query(statement as pg.QueryConfig, answer);
  return promise;
}

/** Statements that are sent in one turn of the loop leave in one write. */
function sendTogether(client: pg.PoolClient): void {
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Writable } }).connection;
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
