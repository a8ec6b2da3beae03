import type { Contract, JsonSchema } from './contract.ts';

/** What in a contract is no mere addition to an earlier state of it, each as a sentence. */
export function contractBreaks(before: Contract, now: Contract): readonly string[] {
  return Object.entries(before.events).flatMap(([event, { versions }]) =>
    Object.entries(versions).flatMap(([version, schema]) => {
      const current = now.events[event]?.versions[version];
      const name = `${before.aggregate}.${event} version ${version}`;
      if (current === undefined) return [`${name} is gone, and the log still holds it`];
      return schemaBreaks(schema, current).map(({ path, what }) => `${name}: ${path || 'the data'} ${what}`);
    }),
  );
}

interface Break {
  readonly path: string;
  readonly what: string;
}

const saysNothing = new Set(['title', 'description', 'default', 'examples', 'deprecated', '$id', 'id', 'type']);

/** Whether all that was valid still is, and all that was promised still holds. */
function schemaBreaks(before: JsonSchema, now: JsonSchema, path = ''): readonly Break[] {
  if (!typesOf(before).every((type) => typesOf(now).includes(type))) return [{ path, what: 'has another type' }];
  const keywords = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((key) => !saysNothing.has(key));
  return keywords.flatMap((keyword) => (rules[keyword] ?? unchanged)(before, now, { path, keyword }));
}

const typesOf = ({ type = 'anything' }: JsonSchema): readonly unknown[] => [type].flat();

type Rule = (
  before: JsonSchema,
  now: JsonSchema,
  at: { readonly path: string; readonly keyword: string },
) => readonly Break[];

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const unchanged: Rule = (before, now, { path, keyword }) =>
  same(before[keyword], now[keyword]) ? [] : [{ path, what: `has another ${keyword}` }];

/** A limit may be lifted, or moved so that it takes in more. */
const limit =
  (widens: (before: number, now: number) => boolean): Rule =>
  (before, now, { path, keyword }) => {
    const [was, is] = [before[keyword], now[keyword]] as [number | undefined, number | undefined];
    if (is === undefined || (was !== undefined && widens(was, is))) return [];
    return [{ path, what: `has a narrower ${keyword}` }];
  };
const upper = limit((before, now) => now >= before);
const lower = limit((before, now) => now <= before);

const properties: Rule = (before, now, { path }) => {
  const was = (before['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const is = (now['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  return Object.entries(was).flatMap(([name, schema]) => {
    const current = is[name];
    const below = path === '' ? name : `${path}.${name}`;
    return current === undefined ? [{ path: below, what: 'is gone' }] : schemaBreaks(schema, current, below);
  });
};

const required: Rule = (before, now, { path }) => {
  const was = (before['required'] ?? []) as readonly string[];
  const is = (now['required'] ?? []) as readonly string[];
  const named = (name: string): string => (path === '' ? name : `${path}.${name}`);
  return [
    ...is.filter((name) => !was.includes(name)).map((name) => ({ path: named(name), what: 'is required by now' })),
    ...was.filter((name) => !is.includes(name)).map((name) => ({ path: named(name), what: 'may be absent by now' })),
  ];
};

/** More values may come; none may go. */
const values: Rule = (before, now, { path }) => {
  const was = (before['enum'] ?? []) as readonly unknown[];
  const is = now['enum'] as readonly unknown[] | undefined;
  if (before['enum'] === undefined) return [{ path, what: 'takes only some values by now' }];
  if (is === undefined) return [{ path, what: 'has no list of values any more' }];
  const gone = was.filter((value) => !is.includes(value));
  return gone.map((value) => ({ path, what: `does not take ${JSON.stringify(value)} any more` }));
};

/** Each earlier alternative must live on in one of the present ones. */
const alternatives: Rule = (before, now, { path, keyword }) => {
  const was = before[keyword] as readonly JsonSchema[] | undefined;
  const is = now[keyword] as readonly JsonSchema[] | undefined;
  if (was === undefined || is === undefined) return [{ path, what: `has another ${keyword}` }];
  const lost = was.filter((schema) => !is.some((other) => schemaBreaks(schema, other).length === 0));
  return lost.length === 0 ? [] : [{ path, what: `lost ${lost.length} of its alternatives` }];
};

/** A schema of everything below; `false` forbids, and absence allows all. */
const below: Rule = (before, now, { path, keyword }) => {
  const [was, is] = [before[keyword] ?? {}, now[keyword] ?? {}] as [JsonSchema | boolean, JsonSchema | boolean];
  if (was === false || is === true || same(was, is)) return [];
  if (is === false || was === true) return [{ path, what: `has another ${keyword}` }];
  return schemaBreaks(was, is, `${path}[]`);
};

const rules: Readonly<Record<string, Rule>> = {
  properties,
  required,
  enum: values,
  anyOf: alternatives,
  oneOf: alternatives,
  items: below,
  additionalProperties: below,
  maximum: upper,
  exclusiveMaximum: upper,
  maxLength: upper,
  maxItems: upper,
  minimum: lower,
  exclusiveMinimum: lower,
  minLength: lower,
  minItems: lower,
};
