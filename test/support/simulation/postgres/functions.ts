import type { Sight } from './context.ts';
import { MustWait, Unsupported, type Value } from './storage.ts';

type Arguments = readonly Value[];

/** Functions of SQL, by name. Arguments that have names come as `name` in `named`. */
const functions: Readonly<
  Record<string, (given: Arguments, sight: Sight, named: Readonly<Record<string, Value>>) => Value>
> = {
  clock_timestamp: (_, { context }) => context.now,
  now: (_, { context }) => context.transaction.startedAt,
  make_interval: (_given, _sight, { days = 0, secs = 0 }) => Number(secs) * 1_000 + Number(days) * 86_400_000,
  extract: ([field, span]) => {
    if (field !== 'epoch') throw new Unsupported('extract of this field');
    return span === null ? null : Number(span) / 1_000;
  },
  left: ([text, length]) => (text === null ? null : String(text).slice(0, Number(length))),
  lower: ([text]) => (text === null ? null : String(text).toLowerCase()),
  md5: ([text]) => (text === null ? null : `md5:${hash(String(text))}`),
  hashtext: ([text]) => hash(String(text)),
  set_config: ([name, value], { context }) => {
    context.transaction.settings.set(String(name), String(value));
    return value ?? null;
  },
  // Who listens is told nothing here: a notification only wakes.
  pg_notify: () => '',
  pg_advisory_xact_lock: (key, { context: { catalog, transaction } }) => {
    const name = key.join('/');
    const holder = catalog.advisory.get(name);
    if (holder !== undefined && holder !== transaction) throw new MustWait(holder);
    if (holder === undefined) {
      catalog.advisory.set(name, transaction);
      transaction.whenOver(() => catalog.advisory.delete(name));
    }
    return '';
  },
};

export function call(name: string, given: Arguments, sight: Sight, named: Readonly<Record<string, Value>>): Value {
  const known = functions[name];
  if (known === undefined) throw new Unsupported(`function "${name}"`);
  return known(given, sight, named);
}

/** FNV-1a: anything that spreads will do. */
function hash(text: string): number {
  let found = 0x811c9dc5;
  for (const character of text) found = Math.imul(found ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return found | 0;
}
