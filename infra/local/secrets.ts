import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Random passwords by name, kept in a file that its owner alone can read; made at first use. Safe in URLs and in SQL literals. */
export function passwords<Name extends string>(path: string, names: readonly Name[]): Readonly<Record<Name, string>> {
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Record<Name, string>;
  const made = Object.fromEntries(names.map((name) => [name, randomBytes(24).toString('base64url')]));
  writeFileSync(`${path}.new`, `${JSON.stringify(made)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return made as Record<Name, string>;
}
