import type { Node, RangeFunction, RangeSubselect, RangeVar } from 'libpg-query';
import type { Context, Expression, Sight } from './context.ts';
import { compile, kindOf, textOf, typeOf } from './expressions.ts';
import { compileSelect } from './select.ts';
import { SqlError, type StoredRow, Unsupported, type Value, type Values } from './storage.ts';
import { keyText, type Table } from './table.ts';
import { cast } from './values.ts';

/** One row of a source. `place` is where it is stored, for a row of a table. */
export interface Found {
  readonly alias: string;
  readonly values: Values;
  readonly place: StoredRow | undefined;
}

type Source = (sight: Sight) => readonly Found[];

/** A table, a function or a select behind `from`. */
export function sourceOf(node: Node, where: Node | undefined): Source {
  const [kind, body] = kindOf(node);
  if (kind === 'RangeVar') return tableSource(body, where);
  if (kind === 'RangeFunction') return functionSource(body);
  if (kind === 'RangeSubselect') return selectSource(body);
  throw new Unsupported(`${kind}`);
}

/** The table of that name on the search path. */
export function tableOf({ catalog, transaction }: Context, { relname = '', schemaname }: RangeVar): Table {
  const path = (transaction.settings.get('search_path') ?? 'public').replaceAll('"', '').split(',');
  const table = catalog.find(relname, schemaname === undefined ? path : [schemaname]);
  if (table === undefined) throw new SqlError('42P01', `relation "${relname}" does not exist`);
  return table;
}

function tableSource(range: RangeVar, where: Node | undefined): Source {
  const { relname = '' } = range;
  const alias = range.alias?.aliasname ?? relname;
  const keys = keysIn(where);
  return (sight) => {
    const { context } = sight;
    const named =
      range.schemaname === undefined ? (context.named.get(relname) ?? context.catalog.system(relname)) : undefined;
    if (named !== undefined) return named.map((values) => ({ alias, values, place: undefined }));
    const table = tableOf(context, range);
    return placesOf(table, keys, sight).flatMap((place) => {
      const values = context.transaction.sees(place);
      return values === undefined ? [] : [{ alias, values, place }];
    });
  };
}

/** Parameters that a condition sets columns equal to, by column. */
function keysIn(where: Node | undefined): ReadonlyMap<string, Expression> {
  const terms =
    where !== undefined && 'BoolExpr' in where && where.BoolExpr.boolop === 'AND_EXPR' ? where.BoolExpr.args : [where];
  const keys = new Map<string, Expression>();
  for (const term of terms ?? []) {
    if (term === undefined || !('A_Expr' in term)) continue;
    const { kind, lexpr, name, rexpr } = term.A_Expr;
    if (kind !== 'AEXPR_OP' || textOf(name?.[0]) !== '=' || lexpr === undefined || rexpr === undefined) continue;
    if ('ColumnRef' in lexpr && 'ParamRef' in rexpr) keys.set(textOf(lexpr.ColumnRef.fields?.at(-1)), compile(rexpr));
  }
  return keys;
}

/** The one place where the whole key is given, else all of them. */
function placesOf(table: Table, keys: ReadonlyMap<string, Expression>, sight: Sight): readonly StoredRow[] {
  const { columns, key } = table;
  if (key.length === 0 || !key.every((column) => keys.has(column))) return [...table.rows.values()];
  const parts = key.map((name) => {
    const value = keys.get(name)?.(sight) ?? null;
    return cast(value, columns.find((column) => column.name === name)?.type ?? 'text');
  });
  const place = table.rows.get(keyText(parts));
  return place === undefined ? [] : [place];
}

function functionSource({ alias, coldeflist, functions = [] }: RangeFunction): Source {
  const [first] = (functions[0] as { List: { items: Node[] } }).List.items;
  const { args = [], funcname = [] } = (first as { FuncCall: { args?: Node[]; funcname?: Node[] } }).FuncCall;
  const name = textOf(funcname.at(-1));
  const given = args.map(compile);
  const label = alias?.aliasname ?? name;
  if (name === 'unnest') {
    const columns = given.map((_, index) => textOf(alias?.colnames?.[index]) || `unnest${index}`);
    return (sight) =>
      unnested(
        given.map((each) => each(sight) as readonly Value[]),
        columns,
        label,
      );
  }
  if (name !== 'jsonb_to_recordset') throw new Unsupported(`table function ${name}`);
  const columns = (coldeflist ?? []).map((node) => {
    const { colname = '', typeName } = (node as { ColumnDef: { colname?: string; typeName?: never } }).ColumnDef;
    return { name: colname, type: typeOf(typeName) };
  });
  return (sight) => {
    const records = given[0]?.(sight) as readonly Values[];
    return records.map((record) => {
      const entries = columns.map((column) => [column.name, cast(record[column.name] ?? null, column.type)]);
      return { alias: label, values: Object.fromEntries(entries) as Values, place: undefined };
    });
  };
}

function unnested(lists: readonly (readonly Value[])[], columns: readonly string[], alias: string): readonly Found[] {
  return (lists[0] ?? []).map((_, row) => ({
    alias,
    values: Object.fromEntries(columns.map((column, index) => [column, lists[index]?.[row] ?? null])),
    place: undefined,
  }));
}

function selectSource({ alias, subquery }: RangeSubselect): Source {
  const select = compileSelect((subquery as { SelectStmt: never }).SelectStmt);
  return (sight) =>
    select(sight.context, sight.outer).map((values) => ({ alias: alias?.aliasname ?? '', values, place: undefined }));
}
