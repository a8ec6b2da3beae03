import { Unsupported, type Value } from './storage.ts';

/** Equality of SQL: unknown where a side is null. */
export function equal(one: Value, other: Value): boolean | null {
  if (one === null || other === null) return null;
  if (Array.isArray(one) && Array.isArray(other))
    return one.every((value, index) => equal(value, other[index] ?? null) === true);
  // A number and a bigint of the same size are the same to SQL.
  return typeof one === typeof other ? one === other : String(one) === String(other);
}

/** Whether they differ, where two nulls are the same. */
export function distinct(one: Value, other: Value): boolean {
  return one === null || other === null ? one !== other : equal(one, other) !== true;
}

/** Below 0, 0 or above. */
export function order(one: Value, other: Value): number {
  if (Array.isArray(one) && Array.isArray(other)) {
    for (const [index, value] of one.entries()) {
      const found = order(value, other[index] ?? null);
      if (found !== 0) return found;
    }
    return 0;
  }
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return one < other ? -1 : one > other ? 1 : 0;
}

const casts: Readonly<Record<string, (value: never) => Value>> = {
  int2: (value: Value) => Number(value),
  int4: (value: Value) => Number(value),
  float8: (value: Value) => Number(value),
  numeric: (value: Value) => Number(value),
  int8: (value: Value) => BigInt(value as string),
  text: (value: Value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)),
  bool: (value: Value) => value === true || value === 'true' || value === 't',
  jsonb: (value: Value) => (typeof value === 'string' ? (JSON.parse(value) as Value) : value),
  timestamptz: (value: Value) => moment(value),
  interval: (value: Value) => span(value),
  regclass: (value: Value) => value,
  regtype: (value: Value) => value,
};

/** A value as one of a type. Times and intervals are milliseconds. */
export function cast(value: Value, type: string): Value {
  if (value === null) return null;
  if (type.endsWith('[]')) return (value as Value[]).map((item) => cast(item, type.slice(0, -2)));
  const how = casts[type] as ((value: Value) => Value) | undefined;
  if (how === undefined) throw new Unsupported(`type "${type}"`);
  return how(value);
}

function moment(value: Value): number {
  if (value === '-infinity') return Number.NEGATIVE_INFINITY;
  if (value instanceof Date) return value.getTime();
  return typeof value === 'number' ? value : Date.parse(String(value));
}

const units: Readonly<Record<string, number>> = {
  ms: 1,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

function span(value: Value): number {
  const found = /^(\d+) ([a-z]+?)s?$/.exec(String(value));
  const unit = units[found?.[2] ?? ''];
  if (unit === undefined) throw new Unsupported(`interval "${String(value)}"`);
  return Number(found?.[1]) * unit;
}
