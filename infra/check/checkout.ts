import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The files a check looks at. */
export interface Checkout {
  readonly root: string;
  /** Paths below the root, with `/`, sorted. */
  readonly files: readonly string[];
  read(file: string): string;
}

/** What git knows or would know of a working tree: tracked files, and new ones that it does not ignore. */
export function checkoutOf(root: string): Checkout {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const deleted = execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: root, encoding: 'utf8' });
  const gone = new Set(deleted.split('\0'));
  const files = [...new Set(list.split('\0'))].filter((file) => file !== '' && !gone.has(file)).sort();
  return { root, files, read: (file) => readFileSync(join(root, file), 'utf8') };
}

/** One folder of a tree that may be no git checkout. */
export function checkoutBelow(root: string, folder: string): Checkout {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = paths.map((path) => relative(root, path).split(sep).join('/')).sort();
  return { root, files, read: (file) => readFileSync(join(root, file), 'utf8') };
}

/** The program's own TypeScript: not the tests. */
export function sources({ files }: Checkout): readonly string[] {
  return files.filter((file) => /^(src|commands|queries|projections|infra)\/.*\.(ts|mjs)$/.test(file));
}

/** The tests, and what only they use. */
export function tests({ files }: Checkout): readonly string[] {
  return files.filter((file) => /^test\/.*\.ts$/.test(file));
}
