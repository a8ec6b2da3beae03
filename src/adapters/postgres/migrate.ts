import { rawSql, sql } from '../../kernel/sql.ts';
import type { Database } from './database.ts';

/** One step of the kernel's own tables. Steps that have run are never changed: add another. Read models are rebuilt, not migrated. */
export interface Migration {
  /** `NNN-what`; steps run in this order. */
  readonly id: string;
  /** Statements; `:app` stands for the quoted role that serves requests. */
  readonly text: string;
}

/** Held while migrating, so that several processes may start at once. */
const lockKey = 7_301_001;

/**
 * Brings the schema `kernel` up to date, each step and its record in one transaction.
 *
 * @param owner the role that owns the tables
 * @param appRole the role that serves requests: neither owner nor exempt from row-level security
 * @returns the ids of the steps that ran now
 */
export async function migrate(
  owner: Database,
  appRole: string,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  const app = `"${appRole.replaceAll('"', '""')}"`;
  return owner.transaction(async (run) => {
    await run(sql`select pg_advisory_xact_lock(${lockKey})`);
    await run(rawSql('create schema if not exists kernel'));
    await run(
      rawSql(
        'create table if not exists kernel.migrations (id text primary key, applied_at timestamptz not null default now())',
      ),
    );
    const done = new Set((await run(sql`select id from kernel.migrations`)).map((row) => row['id']));
    const due = [...migrations].sort((a, b) => (a.id < b.id ? -1 : 1)).filter(({ id }) => !done.has(id));
    for (const { id, text } of due) {
      await run(rawSql(text.replaceAll(':app', app)));
      await run(sql`insert into kernel.migrations (id) values (${id})`);
    }
    return due.map(({ id }) => id);
  });
}

/** The database lacks tables that a process of another role makes. */
export class NotMigrated extends Error {
  override readonly name = 'NotMigrated';
}

/**
 * For a process that has no owner's credentials.
 *
 * @throws {NotMigrated} a step has not run yet
 */
export async function requireMigrated(reader: Database, migrations: readonly Migration[]): Promise<void> {
  const [known] = await reader.run(sql`select to_regclass('kernel.migrations') is not null as there`);
  const done = known?.['there'] === true ? await reader.run(sql`select id from kernel.migrations`) : [];
  const ids = new Set(done.map(({ id }) => id));
  const missing = migrations.filter(({ id }) => !ids.has(id)).map(({ id }) => id);
  if (missing.length > 0) {
    throw new NotMigrated(
      `The database lacks ${missing.join(', ')}: start a projector, worker or scheduler of this release first, with DATABASE_OWNER_URL.`,
    );
  }
}
