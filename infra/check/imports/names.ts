import type { ModuleItem } from '@swc/core';
import type { Checkout } from '../checkout.ts';
import { parse, type Taken, takenBy } from './parsed.ts';

const ownContext = /^(?:src\/)?[a-z]+\/([^/]+)\//;

/** The parts of the import table that ask which names are imported, not only which files. */
export function nameProblems(checkout: Checkout): readonly string[] {
  const aggregates = new Map<string, ReadonlySet<string>>();
  const declared = checkout.files.filter((file) =>
    /^(commands|queries|projections|src\/(domain|reactions|workers))\/.*\.ts$/.test(file),
  );
  const parsed = declared.map((file) => ({ file, items: parse(checkout.read(file)) }));
  for (const { file, items } of parsed) if (file.startsWith('src/domain/')) aggregates.set(file, aggregatesOf(items));
  return parsed.flatMap(({ file, items }) =>
    takenBy(file, items).flatMap((import_) => problemsOf(import_, aggregates)),
  );
}

function problemsOf(
  { file, from, names }: Taken,
  aggregates: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  if (/^(node:)?crypto$/.test(from)) return complain(file, names, isPure, 'is not a pure function of node:crypto');
  if (!from.startsWith('src/domain/')) return [];
  const isAggregate = (name: string): boolean => aggregates.get(from)?.has(name) ?? false;
  const own = ownContext.exec(file)?.[1] === ownContext.exec(from.slice('src/'.length))?.[1];
  if (!own)
    return complain(
      file,
      names,
      isAggregate,
      `of ${from} belongs to another context, of which only aggregates, for their events, may be used`,
    );
  if (!file.startsWith('queries/')) return [];
  return complain(
    file,
    names,
    (name) => !isAggregate(name),
    `of ${from} is an aggregate, and a query may use schemas only`,
  );
}

const pureOfCrypto = new Set(['createHash', 'timingSafeEqual']);
const isPure = (name: string): boolean => pureOfCrypto.has(name);

function complain(
  file: string,
  names: readonly string[],
  allowed: (name: string) => boolean,
  why: string,
): readonly string[] {
  return names.filter((name) => !allowed(name)).map((name) => `${file}: "${name}" ${why}`);
}

/** Names of `export const X = aggregate(…)`. */
function aggregatesOf(items: readonly ModuleItem[]): ReadonlySet<string> {
  const names = items.flatMap((item) => {
    if (item.type !== 'ExportDeclaration' || item.declaration.type !== 'VariableDeclaration') return [];
    return item.declaration.declarations.flatMap(({ id, init }) => {
      const made =
        init?.type === 'CallExpression' && init.callee.type === 'Identifier' && init.callee.value === 'aggregate';
      return made && id.type === 'Identifier' ? [id.value] : [];
    });
  });
  return new Set(names);
}
