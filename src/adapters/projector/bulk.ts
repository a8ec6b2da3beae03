import type { Sql } from '../../kernel/sql.ts';

/** Rows of one statement, at most; below it powers of two, so that few texts come of it. */
const rowsAtMost = 64;

/** A statement, and how many it stands for. */
export interface Bulk {
  readonly statement: Sql;
  readonly rows: number;
}

/** A plain insert of one row whose values are parameters alone: nothing it depends on but the row itself. */
const plainInsert = /^(\s*insert into [\w.]+ \([\w\s,]+\)\s*values )\(((?:\s*\$\d+\s*,?)+)\)\s*$/i;

/**
 * Makes one statement of neighbours that insert rows alike, in their order: in a batch of events of one kind, most do. What does anything
 * else stays as it is.
 */
export function inBulk(statements: readonly Sql[]): readonly Bulk[] {
  const made: Bulk[] = [];
  for (let start = 0; start < statements.length; ) {
    const first = statements[start] as Sql;
    let end = start + 1;
    while (end < statements.length && statements[end]?.text === first.text) end++;
    made.push(...merged(statements.slice(start, end)));
    start = end;
  }
  return made;
}

/** Statements of one text. */
function merged(alike: readonly Sql[]): readonly Bulk[] {
  const [first] = alike;
  const head = first === undefined || alike.length === 1 ? undefined : headOf(first);
  if (head === undefined) return alike.map((statement) => ({ statement, rows: 1 }));
  const made: Bulk[] = [];
  for (let at = 0; at < alike.length; ) {
    const rows = Math.min(rowsAtMost, 2 ** Math.floor(Math.log2(alike.length - at)));
    const some = alike.slice(at, at + rows);
    made.push({ rows, statement: rows === 1 ? (some[0] as Sql) : ofRows(head, some) });
    at += rows;
  }
  return made;
}

/** What stands before the row, where the statement is a plain insert whose parameters are in their order. */
function headOf({ text, values }: Sql): string | undefined {
  const [, head, row = ''] = plainInsert.exec(text) ?? [];
  const inOrder = row.match(/\$\d+/g)?.every((parameter, index) => parameter === `$${index + 1}`) ?? false;
  return inOrder && row.split(',').length === values.length ? head : undefined;
}

function ofRows(head: string, rows: readonly Sql[]): Sql {
  const width = rows[0]?.values.length ?? 0;
  const row = (n: number): string =>
    `(${Array.from({ length: width }, (_, column) => `$${n * width + column + 1}`).join(', ')})`;
  const text = `${head}${rows.map((_, n) => row(n)).join(', ')}`;
  return { kind: 'sql', text, values: rows.flatMap(({ values }) => values) };
}
