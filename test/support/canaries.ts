import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Database } from '../../src/adapters/postgres/database.ts';
import { rawSql, sql } from '../../src/kernel/sql.ts';

/** A secret nobody else has, long enough never to occur by chance. */
export function canary(): string {
  return `Canary${randomBytes(18).toString('hex')}`;
}

/** How a secret may show: plain, hex, base64 at any alignment, each character escaped. */
export function spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    // The characters at either end mix with what stands beside the secret.
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
  const escaped = [...secret].map((char) => char.charCodeAt(0).toString(16).padStart(2, '0'));
  return [
    secret,
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    escaped.map((code) => `\\u00${code}`).join(''),
    escaped.map((code) => `%${code}`).join(''),
  ];
}

/** Where a secret shows in the bytes; empty where it does not. */
export function sightings(where: string, bytes: Buffer, secrets: readonly string[]): readonly string[] {
  return secrets.flatMap((secret, index) =>
    spellings(secret)
      .filter((spelling) => bytes.includes(spelling))
      .map((spelling) => `canary ${index} in ${where} as ${spelling.slice(0, 12)}…`),
  );
}

/** Every file below a folder. */
export async function filesBelow(dir: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(files.map(async (path) => [path, await readFile(path)] as const)));
}

/** Every row of every table, as text. */
export async function databaseDump(owner: Database): Promise<Buffer> {
  const tables = await owner.run(
    sql`select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const parts: string[] = [];
  for (const { schemaname, tablename } of tables) {
    const name = `"${String(schemaname)}"."${String(tablename)}"`;
    const rows = await owner.run(rawSql(`select t::text as row from ${name} as t`));
    parts.push(name, ...rows.map(({ row }) => String(row)));
  }
  return Buffer.from(parts.join('\n'));
}

/** Every key of a Redis database with its serialised value. */
export async function redisDump(url: string): Promise<Buffer> {
  const client = new Redis(url);
  try {
    const keys = await client.keys('*');
    const values = await Promise.all(
      keys.map(async (key) => [Buffer.from(key), (await client.dumpBuffer(key)) ?? Buffer.alloc(0)]),
    );
    return Buffer.concat(values.flat());
  } finally {
    client.disconnect();
  }
}
