import fc from 'fast-check';
import { v5 as uuidv5 } from 'uuid';
import type { JsonSchema } from './contract.ts';

const namespace = 'a6ad3d7b-7df1-5c1e-8f0c-90a4c6a3f8b1';

/** A value that a JSON Schema accepts, the same each time; `name` makes it speak. */
export function sampleOf(schema: JsonSchema, name = 'value'): unknown {
  if ('const' in schema) return schema['const'];
  const [first] = (schema['enum'] ?? schema['anyOf'] ?? schema['oneOf'] ?? []) as readonly unknown[];
  if (first !== undefined) return schema['enum'] === undefined ? sampleOf(first as JsonSchema, name) : first;
  if (schema['allOf'] !== undefined) return merged(schema['allOf'] as readonly JsonSchema[], name);
  const type = schema['type'] as string | undefined;
  return (samplers[type ?? ''] ?? (() => name))(schema, name);
}

type Sampler = (schema: JsonSchema, name: string) => unknown;

function merged(schemas: readonly JsonSchema[], name: string): unknown {
  const samples = schemas.map((schema) => sampleOf(schema, name));
  const objects = samples.every((sample) => typeof sample === 'object' && sample !== null);
  return objects ? Object.assign({}, ...samples) : samples[0];
}

const object: Sampler = (schema, name) => {
  const known = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>);
  if (known.length > 0) return Object.fromEntries(known.map(([key, below]) => [key, sampleOf(below, key)]));
  const other = schema['additionalProperties'];
  if (typeof other !== 'object' || other === null) return {};
  return { [text((schema['propertyNames'] ?? {}) as JsonSchema, 'name')]: sampleOf(other as JsonSchema, name) };
};

const array: Sampler = (schema, name) => {
  const items = schema['items'] as JsonSchema | undefined;
  if (items === undefined) return [];
  const length = Math.max(1, Number(schema['minItems'] ?? 0));
  return Array.from({ length }, () => sampleOf(items, name.replace(/s$/, '')));
};

const number: Sampler = (schema) => {
  const step = Number(schema['multipleOf'] ?? 1);
  const least = Math.max(Number(schema['minimum'] ?? 1), Number(schema['exclusiveMinimum'] ?? 0) + step);
  return Math.min(Math.ceil(least / step) * step, Number(schema['maximum'] ?? Number.POSITIVE_INFINITY));
};

const formats: Readonly<Record<string, (name: string) => string>> = {
  uuid: (name) => uuidv5(name, namespace),
  email: () => 'alice@example.org',
  'date-time': () => '2026-01-01T00:00:00.000Z',
  date: () => '2026-01-01',
  time: () => '00:00:00',
  duration: () => 'P30D',
  uri: () => 'https://example.org/',
  ipv4: () => '192.0.2.1',
  ipv6: () => '2001:db8::1',
};

function text(schema: JsonSchema, name: string): string {
  const format = formats[(schema['format'] ?? '') as string];
  if (format !== undefined) return format(name);
  const [least, most] = [Number(schema['minLength'] ?? 0), Number(schema['maxLength'] ?? 1_000)];
  const pattern = typeof schema['pattern'] === 'string' ? new RegExp(schema['pattern'], 'u') : /^/u;
  const fits = (sample: string): boolean => pattern.test(sample) && sample.length >= least && sample.length <= most;
  const speaking = [name, 'example', 'a'.repeat(least), '1', 'P30D', 'vault.secret.read', 'a1b2'.repeat(16)].find(fits);
  if (speaking !== undefined) return speaking;
  const any = fc.stringMatching(pattern).filter(fits);
  return fc.sample(any, { seed: 1, numRuns: 1 })[0] ?? name;
}

const samplers: Readonly<Record<string, Sampler>> = {
  object,
  array,
  number,
  integer: number,
  string: text,
  boolean: () => true,
  null: () => null,
};
