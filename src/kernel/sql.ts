/** A statement with its parameters. Values never become text. */
export interface Sql {
  readonly kind: 'sql';
  readonly text: string;
  readonly values: readonly SqlValue[];
}

export type SqlValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Buffer
  | readonly (string | null)[]
  | readonly number[]
  | readonly Buffer[]
  | { readonly [key: string]: unknown };

function isSql(value: unknown): value is Sql {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'sql';
}

/** Tagged template: `sql\`select * from t where id = ${id}\``. A nested `sql` is spliced in, anything else is a parameter. */
export function sql(strings: TemplateStringsArray, ...parts: readonly (SqlValue | Sql | undefined)[]): Sql {
  let text = strings[0] ?? '';
  const values: SqlValue[] = [];
  parts.forEach((part, index) => {
    if (isSql(part)) {
      text += part.text.replaceAll(/\$(\d+)/g, (_, n: string) => `$${Number(n) + values.length}`);
      values.push(...part.values);
    } else {
      values.push(part ?? null);
      text += `$${values.length}`;
    }
    text += strings[index + 1] ?? '';
  });
  return { kind: 'sql', text, values };
}

/** Joins fragments: `joinSql([a, b], ' and ')`; an empty list gives `empty`. */
export function joinSql(fragments: readonly Sql[], separator: string, empty: Sql = sql``): Sql {
  const [first, ...rest] = fragments;
  if (first === undefined) return empty;
  return rest.reduce((left, right) => ({ ...sql`${left}${rawSql(separator)}${right}` }), first);
}

/** Text that is not a parameter. For names and keywords written in the source, never for input. */
export function rawSql(text: string): Sql {
  return { kind: 'sql', text, values: [] };
}
