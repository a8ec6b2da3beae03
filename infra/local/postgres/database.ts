import pg from 'pg';

/** The role that owns the tables and changes them. */
export const ownerRole = 'keyledger_owner';
/** The role that serves requests: no owner, so that row-level security holds for it. */
export const appRole = 'keyledger_app';
/** The database of an instance. */
export const databaseName = 'keyledger';

export type Passwords = Readonly<Record<'postgres' | typeof ownerRole | typeof appRole, string>>;

/** A connection string of one role to one database of the embedded server. */
export function urlOf(role: keyof Passwords, passwords: Passwords, port: number, database: string): string {
  return `postgres://${role}:${passwords[role]}@127.0.0.1:${port}/${database}`;
}

/** Runs a piece of work on a connection of its own. */
export async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes what is missing of the two roles and the database; a start that was killed half-way is completed by the next. */
export async function ensureDatabase(passwords: Passwords, port: number): Promise<void> {
  await connected(urlOf('postgres', passwords, port, 'postgres'), async (client) => {
    for (const role of [ownerRole, appRole] as const) {
      const known = await client.query('select from pg_roles where rolname = $1', [role]);
      const verb = known.rowCount === 0 ? 'create' : 'alter';
      const limits = 'login nosuperuser nocreatedb nocreaterole noreplication nobypassrls';
      await client.query(`${verb} role ${role} ${limits} password '${passwords[role]}'`);
    }
    await makeDatabase(client, databaseName);
  });
}

/** Makes a database, unless it is there, that belongs to the owner role and that nobody but the two roles may enter. */
export async function makeDatabase(client: pg.Client, name: string, template = 'template1'): Promise<void> {
  const known = await client.query('select from pg_database where datname = $1', [name]);
  if (known.rowCount === 0) await client.query(`create database "${name}" owner ${ownerRole} template "${template}"`);
  await client.query(`revoke all on database "${name}" from public`);
  await client.query(`grant connect on database "${name}" to ${appRole}`);
}
