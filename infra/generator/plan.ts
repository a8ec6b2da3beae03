import { posix } from 'node:path';
import type { AnyAggregate } from '../../src/kernel/aggregate.ts';
import type { Found, Registry } from '../../src/kernel/registry.ts';
import { type Asked, Unusable } from './request.ts';
import { type Word, wordOf } from './words.ts';

/** The files to write, by their path, and what else to say. */
export interface Plan {
  readonly files: Readonly<Record<string, string>>;
  readonly hints: readonly string[];
}

/** What a template is told. */
export interface Setting {
  readonly asked: Asked;
  readonly registry: Registry;
  /** The text of a file of the checkout. */
  read(file: string): string | undefined;
}

/** An aggregate as templates speak of it. */
export interface Subject {
  readonly word: Word;
  readonly aggregate: AnyAggregate;
  /** Its source. */
  readonly file: string;
  /** `secretId` */
  readonly id: string;
}

export const sourceOf = ({ file }: Found<unknown>): string => file.replace(/\.js$/, '.ts');
const stemOf = (found: Found<unknown>): string => posix.basename(sourceOf(found), '.ts');

/** The aggregate of the asked context with this name. @throws {Unusable} there is none */
export function subjectNamed({ asked, registry }: Setting, name: string): Subject {
  const own = registry.aggregates.filter(({ context }) => context.split('/')[0] === asked.context);
  const found = own.find((candidate) => stemOf(candidate) === name);
  if (found === undefined) {
    const known = own.length === 0 ? 'It has none yet.' : `It has ${own.map(stemOf).join(', ')}: name one with --of.`;
    const first = `npm run new -- aggregate ${asked.folder} ${name}`;
    throw new Unusable(`The context ${asked.context} has no aggregate "${name}". ${known} To make it: ${first}`);
  }
  const word = wordOf(stemOf(found));
  return { word, aggregate: found.value, file: sourceOf(found), id: `${word.camel}Id` };
}

/** How one file imports another. */
export function importPath(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to);
  return path.startsWith('.') ? path : `./${path}`;
}

/** Import lines, sorted by path as the formatter wants them. */
export function imports(file: string, wanted: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(wanted)
    .map(([target, names]) => {
      const path = /\.ts$/.test(target) ? importPath(file, target) : target;
      return `import { ${[...names].sort().join(', ')} } from '${path}';`;
    })
    .join('\n');
}

export const testOf = (file: string): string => `test/${file.replace(/^src\//, '').replace(/\.ts$/, '.test.ts')}`;
