import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where the libraries of an unpacked tree are: `usr/lib` and `lib`, each with its directory of the architecture. */
export function libraryPath(root: string): { LD_LIBRARY_PATH: string } {
  const bases = [join(root, 'usr', 'lib'), join(root, 'lib')].filter((base) => existsSync(base));
  const nested = bases.flatMap((base) =>
    readdirSync(base)
      .filter((name) => name.includes('-linux-'))
      .map((name) => join(base, name)),
  );
  return { LD_LIBRARY_PATH: [...nested, ...bases].join(delimiter) };
}
