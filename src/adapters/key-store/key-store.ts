import { KeyExists } from '../../kernel/crypto/key-errors.ts';
import type { KeyStore, WrappedKey } from '../../kernel/crypto/key-store.ts';
import type { Row } from '../../kernel/query.ts';
import { sql } from '../../kernel/sql.ts';
import type { Database, Statement } from '../postgres/database.ts';
import { groupCommit } from './group-commit.ts';

const uniqueViolation = '23505';

/**
 * The key store over Postgres. Works under the role that serves requests; only `wrappedBy` without a tenant needs the
 * role that owns the tables.
 *
 * @throws {StoreUnavailable} from every method while the database is away
 */
export function createKeyStore(database: Database): KeyStore {
  const put = groupCommit<WrappedKey>({
    commit: async (keys) => void (await database.run(insertAll(keys))),
    oneByOne: isDuplicate,
    maxBatch: 500,
    maxWaiting: 20_000,
  });
  return {
    put: (key) =>
      put(key).catch((error: unknown) => {
        if (isDuplicate(error))
          throw new KeyExists(`the ${key.kind} key ${key.keyId} is kept already`, { cause: error });
        throw error;
      }),
    async get(tenant, keyId) {
      const [row] = await database.run(sql`select * from kernel.key_of(${tenant}, ${keyId})`);
      if (row === undefined) return undefined;
      return row['wrapped'] === null ? 'destroyed' : keyOf(row);
    },
    async newest(tenant, kind) {
      const [row] = await database.run(sql`select * from kernel.newest_key(${tenant}, ${kind})`);
      return row === undefined ? undefined : keyOf(row);
    },
    async destroy(tenant, keyId) {
      await database.run(sql`select kernel.destroy_key(${tenant}, ${keyId})`);
    },
    async rewrap({ tenant, keyId, wrappedBy, wrapped }) {
      await database.run(sql`select kernel.rewrap_key(${tenant}, ${keyId}, ${wrappedBy}, ${wrapped})`);
    },
    wrappedBy: async (keyId, max, tenant) => (await keysUnder(database, { keyId, max, tenant })).map(keyOf),
  };
}

function keysUnder(
  database: Database,
  asked: { readonly keyId: string; readonly max: number; readonly tenant: string | undefined },
): Promise<readonly Row[]> {
  const { keyId, max, tenant } = asked;
  const under = sql`select * from kernel.keys where wrapped_by = ${keyId} and destroyed_at is null`;
  if (tenant === undefined) return database.run(sql`${under} limit ${max}`);
  return database.transaction(async (run) => {
    await run(sql`select set_config('keyledger.tenant', ${tenant}, true)`);
    return run(sql`${under} and tenant_id = ${tenant} limit ${max}`);
  });
}

function insertAll(keys: readonly WrappedKey[]): Statement {
  const column = (of: (key: WrappedKey) => string): string[] => keys.map(of);
  const insert = sql`
    insert into kernel.keys (tenant_id, key_id, kind, generation, wrapped_by, wrapped)
    select tenant_id, key_id, kind, generation, wrapped_by, decode(wrapped, 'hex')
    from unnest(
      ${column((key) => key.tenant)}::text[],
      ${column((key) => key.keyId)}::text[],
      ${column((key) => key.kind)}::text[],
      ${keys.map((key) => key.generation ?? 0)}::int[],
      ${column((key) => key.wrappedBy)}::text[],
      ${column((key) => key.wrapped.toString('hex'))}::text[]
    ) as put (tenant_id, key_id, kind, generation, wrapped_by, wrapped)`;
  return { ...insert, name: 'keyledger_put_keys' };
}

function keyOf(row: Row): WrappedKey {
  const kind = row['kind'] as WrappedKey['kind'];
  return {
    tenant: row['tenant_id'] as string,
    keyId: row['key_id'] as string,
    kind,
    ...(kind === 'data' ? {} : { generation: row['generation'] as number }),
    wrappedBy: row['wrapped_by'] as string,
    wrapped: row['wrapped'] as Buffer,
  };
}

function isDuplicate(error: unknown): boolean {
  return (error as { code?: unknown }).code === uniqueViolation;
}
