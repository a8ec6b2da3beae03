import type { Context, Expression } from './context.ts';
import { SqlError, type StoredRow, type Value, type Values } from './storage.ts';
import { cast } from './values.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
}

export interface TableDefinition {
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  readonly defaults: ReadonlyMap<string, Expression>;
  readonly checks: readonly Expression[];
}

/** Rows by primary key; a table without one keeps each row under a number. */
export class Table {
  schema: string;
  readonly name: string;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  readonly rows = new Map<string, StoredRow>();
  readonly #defaults: ReadonlyMap<string, Expression>;
  readonly #checks: readonly Expression[];
  #next = 0;

  constructor(schema: string, name: string, { checks, columns, defaults, key }: TableDefinition) {
    this.schema = schema;
    this.name = name;
    this.columns = columns;
    this.key = key;
    this.#defaults = defaults;
    this.#checks = checks;
  }

  /** A whole row of what was given, checked. */
  filled(given: Values, context: Context): Values {
    const values: Record<string, Value> = {};
    for (const { name, type } of this.columns) {
      const stated = given[name] ?? this.#defaults.get(name)?.({ context, rows: {}, outer: undefined }) ?? null;
      values[name] = cast(stated, type);
    }
    this.prove(values, context);
    return values;
  }

  /** @throws {SqlError} what a row must not be */
  prove(values: Values, context: Context): void {
    for (const { name, notNull } of this.columns) {
      if (notNull && values[name] === null)
        throw new SqlError('23502', `null value in column "${name}" of "${this.name}"`);
    }
    const sight = { context, rows: { [this.name]: values }, outer: undefined };
    for (const check of this.#checks) {
      if (check(sight) === false) throw new SqlError('23514', `new row for "${this.name}" violates a check constraint`);
    }
  }

  keyOf(values: Values): string {
    if (this.key.length === 0) return String(this.#next++);
    return keyText(this.key.map((column) => values[column] ?? null));
  }

  /** The place of a key, made where there is none. */
  place(key: string): StoredRow {
    let row = this.rows.get(key);
    if (row === undefined) {
      row = { committed: undefined, pending: undefined, holder: undefined };
      this.rows.set(key, row);
    }
    return row;
  }

  /** What everybody may know. */
  committed(): readonly Values[] {
    return [...this.rows.values()].flatMap(({ committed }) => (committed === undefined ? [] : [committed]));
  }
}

export function keyText(parts: readonly Value[]): string {
  return parts.map(String).join('\u0000');
}
