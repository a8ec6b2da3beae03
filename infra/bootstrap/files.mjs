import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A path of the checkout. */
export const at = (...parts) => join(root, ...parts);

export const say = (text) => process.stderr.write(`keyledger: ${text}\n`);

/** What went wrong in words for a person; anything else is a bug and keeps its stack. */
export class Refusal extends Error {}

export const sha256 = (data) => createHash('sha256').update(data).digest('hex');
export const readJson = (path) => JSON.parse(fs.readFileSync(path, 'utf8'));

export function readText(path) {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A checkout that cannot be written still runs when it is ready. */
export function writeStamp(path, text) {
  try {
    fs.mkdirSync(dirname(path), { recursive: true });
    fs.writeFileSync(path, text);
  } catch (error) {
    if (!['EACCES', 'EROFS'].includes(error.code)) throw error;
  }
}

export function filesBelow(dir, skip = new Set()) {
  if (!fs.existsSync(dir) || skip.has(dir)) return [];
  return fs.readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (!entry.isDirectory()) return [path];
    return entry.name === 'node_modules' ? [] : filesBelow(path, skip);
  });
}
