import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../../../shared/vectors');

let told = false;

/** A known-answer file that stands beside the checkout, or undefined where there is none: said once, in one line. */
export function vectors<T>(file: string): T | undefined {
  const path = join(folder, file);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as T;
  if (!told) process.stdout.write(`    known answers are absent (looked in ${folder}): what needs them is left out\n`);
  told = true;
  return undefined;
}

/** The text of a known-answer file, undefined where there is none. */
export function vectorText(file: string): string | undefined {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** The files of a folder of known answers and of all folders in it, as paths for `vectors`. */
export function vectorFiles(name: string): readonly string[] {
  const path = join(folder, name);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath.slice(folder.length + 1), entry.name));
}

export function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
