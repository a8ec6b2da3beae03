import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlantedBug } from './bugs.ts';

const dist = fileURLToPath(new URL('../../..', import.meta.url));
const checkout = join(dist, '..');

/** Switches the bug of a name on, and every other off: the process takes the name as a message of its parent. */
const listen = "process.on('message', (name) => { globalThis.planted = name; process.send(name); });\n";

/**
 * Copies the compiled product into an empty directory and plants the bugs there, all switched off.
 *
 * @returns the program
 * @throws {Error} a bug cannot be planted any more, since the product has changed
 */
export function plantedCopy(to: string, bugs: readonly PlantedBug[]): string {
  for (const room of ['src', 'commands', 'queries', 'projections', 'infra'])
    cpSync(join(dist, room), join(to, 'dist', room), { recursive: true });
  cpSync(join(checkout, 'package.json'), join(to, 'package.json'));
  symlinkSync(join(checkout, 'node_modules'), join(to, 'node_modules'));
  for (const bug of bugs) for (const change of bug.changes) plant(join(to, 'dist', change.file), bug.name, change);
  const main = join(to, 'dist/src/cli/main.js');
  const [shebang, ...rest] = readFileSync(main, 'utf8').split('\n');
  writeFileSync(main, `${shebang}\n${listen}${rest.join('\n')}`);
  return main;
}

function plant(path: string, name: string, change: PlantedBug['changes'][number]): void {
  const source = readFileSync(path, 'utf8');
  const on = `(globalThis.planted === ${JSON.stringify(name)})`;
  if (source.split(change.text).length !== 2)
    throw new Error(`"${name}" cannot be planted: ${change.file} does not have once ${change.text}; plant it anew.`);
  writeFileSync(
    path,
    source.replace(change.text, () => change.with.replaceAll(/\bON\b/g, on)),
  );
}
