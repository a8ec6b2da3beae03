import fc, { type Arbitrary } from 'fast-check';
import type { Document, Schema } from './document.ts';
import type { Check } from './schema.ts';

/** Values that exist on the server, by the name of the field that takes them. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

/** What lookaheads and dates need, which a generator from patterns cannot give. */
const samples = ['P30D', 'P1Y2M', 'PT1H', 'P2W', 'PT90S', 'P1DT12H', 'P0D'];
/** Longest text that is generated whole; a longer limit is met by repetition. */
const longest = 2_000;
const deepest = 5;
const unaccepted = new Set(['__proto__', 'prototype', 'constructor']);

/** Makes values that a JSON schema of the document accepts: the keywords that the document uses. */
export class Values {
  readonly #resolve: Document['resolve'];
  readonly #known: Known;
  readonly #check: Check;

  constructor(document: Document, check: Check, known: Known) {
    this.#resolve = document.resolve;
    this.#check = check;
    this.#known = known;
  }

  /** Of a schema; of what exists most of the time, where the field's name says that something does. */
  of(given: Schema, name = '', depth = 0): Arbitrary<unknown> {
    const known = this.#known[name]?.filter((value) => this.#check(given, value) === undefined);
    const made = this.#made(this.#resolve(given), name, depth + 1);
    if (known === undefined || known.length === 0) return made;
    return fc.oneof({ arbitrary: fc.constantFrom(...known), weight: 4 }, { arbitrary: made, weight: 1 });
  }

  #made(schema: Schema, name: string, depth: number): Arbitrary<unknown> {
    const branches = (schema['anyOf'] ?? schema['oneOf']) as readonly Schema[] | undefined;
    if (branches !== undefined)
      return fc.oneof(...shallow(branches, depth).map((branch) => this.of(branch, '', depth)));
    if ('const' in schema) return fc.constant(schema['const']);
    if (Array.isArray(schema['enum'])) return fc.constantFrom(...schema['enum']);
    switch (schema['type']) {
      case 'string':
        return strings(schema);
      case 'integer':
        return fc.integer(bounds(schema));
      case 'number':
        return fc.double({ ...bounds(schema), noNaN: true, noDefaultInfinity: true });
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'array':
        return this.#array(schema, name, depth);
      case 'object':
        return this.#object(schema, depth);
      default:
        return fc.jsonValue({ maxDepth: 3 });
    }
  }

  #array(schema: Schema, name: string, depth: number): Arbitrary<unknown> {
    const most = Number(schema['maxItems'] ?? 20);
    const least = Number(schema['minItems'] ?? 0);
    const item = this.of((schema['items'] ?? {}) as Schema, name.replace(/s$/, ''), depth);
    return fc.array(item, { minLength: least, maxLength: Math.min(most, Math.max(least, 20)) });
  }

  #object(schema: Schema, depth: number): Arbitrary<unknown> {
    const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
    const required = (schema['required'] ?? []) as string[];
    const members = Object.entries(properties).map(([name, part]) => [name, this.of(part, name, depth)] as const);
    const fixed = fc.record(Object.fromEntries(members), { requiredKeys: required, noNullPrototype: true });
    const open = schema['additionalProperties'];
    if (open === undefined || open === false) return fixed;
    const names = this.of(
      (schema['propertyNames'] ?? { type: 'string', maxLength: 20 }) as Schema,
    ) as Arbitrary<string>;
    const more = fc.dictionary(
      names.filter((name) => !unaccepted.has(name)),
      this.of(open === true ? {} : (open as Schema), '', depth),
      { maxKeys: 5, noNullPrototype: true },
    );
    return fc.tuple(more, fixed).map(([others, own]) => ({ ...others, ...own }));
  }
}

/** Of a schema that contains itself, from some depth on only what ends. */
function shallow(branches: readonly Schema[], depth: number): readonly Schema[] {
  const ending = branches.filter(
    (branch) => !('$ref' in branch) && !['array', 'object'].includes(String(branch['type'])),
  );
  return depth > deepest && ending.length > 0 ? ending : branches;
}

function bounds({ maximum, minimum }: Schema): { readonly min: number; readonly max: number } {
  return { min: Number(minimum ?? -1_000_000), max: Number(maximum ?? 1_000_000) };
}

function strings(schema: Schema): Arbitrary<string> {
  const minLength = Number(schema['minLength'] ?? 0);
  const maxLength = Number(schema['maxLength'] ?? longest);
  const fits = (text: string): boolean => text.length >= minLength && text.length <= maxLength;
  if (schema['format'] === 'date-time') return dateTimes();
  if (schema['format'] === 'date') return dateTimes().map((text) => text.slice(0, 10));
  if (schema['format'] === 'uuid') return fc.uuid();
  if (schema['format'] === 'email') return emails(schema);
  if (typeof schema['pattern'] === 'string') return matching(schema['pattern']).filter(fits);
  const plain = fc.string({
    unit: 'grapheme-ascii',
    minLength,
    maxLength: Math.min(maxLength, Math.max(minLength, 40)),
  });
  const short = fc.string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, Math.max(minLength, 40)) });
  const atTheLimit = fc.constant('m'.repeat(maxLength));
  return fc.oneof(
    { arbitrary: plain, weight: 10 },
    { arbitrary: short.filter((text) => fits(text) && !text.includes('\0') && text.isWellFormed()), weight: 10 },
    { arbitrary: atTheLimit, weight: 1 },
  );
}

function emails({ pattern }: Schema): Arbitrary<string> {
  const expression = new RegExp(typeof pattern === 'string' ? pattern : '');
  return fc.emailAddress({ size: 'small' }).filter((text) => expression.test(text));
}

function matching(pattern: string): Arbitrary<string> {
  const expression = new RegExp(pattern);
  const fitting = samples.filter((sample) => expression.test(sample));
  if (fitting.length > 1 && pattern.includes('(?')) return fc.constantFrom(...fitting);
  return fc.stringMatching(expression, { size: 'small' });
}

function dateTimes(): Arbitrary<string> {
  const wide = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  });
  const near = fc.date({
    min: new Date('2020-01-01T00:00:00Z'),
    max: new Date('2030-01-01T00:00:00Z'),
    noInvalidDate: true,
  });
  return fc
    .tuple(fc.oneof(wide, near), fc.constantFrom('Z', '+02:00', '-11:30', ''))
    .map(([date, zone]) => date.toISOString().replace(/Z$/, zone === '' ? 'Z' : zone));
}
