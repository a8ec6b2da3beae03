import { join, posix } from 'node:path';
import { discover, type Registry } from '../../src/kernel/registry.ts';
import { type Checkout, tests } from './checkout.ts';
import type { Step } from './step.ts';

/** A test file, and the endpoints whose modules it imports. */
interface TestFile {
  readonly file: string;
  readonly text: string;
  readonly imports: ReadonlySet<string>;
}

/**
 * Declared rejections that no test of their endpoint brings about. A test counts when it stands where the endpoint's own test
 * stands and names the code in quotes, or when it imports the endpoint and says `when(theEndpoint, …)…thenRejected('Code')`.
 */
export function untestedRejections(registry: Registry, checkout: Checkout): readonly string[] {
  const files = tests(checkout).map((file) => testFile(checkout, file));
  return registry.endpoints.flatMap(({ value, file }) => {
    const source = file.replace(/\.js$/, '.ts');
    const about = files.filter(({ imports, file: test }) => imports.has(source) || test === ownTest(source));
    const codes = Object.keys(value.rejections ?? {});
    return codes
      .filter((code) => !about.some((test) => bringsAbout(test, source, value.name.split('.')[1] ?? '', code)))
      .map((code) => `${source}: no test brings about ${code}; ${ownTest(source)} is the place for it`);
  });
}

const ownTest = (source: string): string => `test/${source.replace(/\.ts$/, '.test.ts')}`;

function testFile({ read }: Checkout, file: string): TestFile {
  const text = read(file);
  const specifiers = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, specifier = '']) => specifier);
  const imports = new Set(specifiers.map((specifier) => posix.join(posix.dirname(file), specifier)));
  return { file, text, imports };
}

function bringsAbout({ file, text }: TestFile, source: string, name: string, code: string): boolean {
  if (file === ownTest(source)) return text.includes(`'${code}'`);
  const asked = text.split(/\bwhen\(\s*/).slice(1);
  return asked.some(
    (part) => part.startsWith(name) && !/^\w/.test(part.slice(name.length)) && part.includes(`'${code}'`),
  );
}

export const rejections: Step = {
  name: 'rejections are tested',
  remedy: "add a test that ends in .thenRejected('…')",
  problems: async (checkout) => untestedRejections(await discover(join(checkout.root, 'dist')), checkout),
};
