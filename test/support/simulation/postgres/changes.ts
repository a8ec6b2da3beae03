import type { DeleteStmt, InsertStmt, Node, OnConflictClause, RangeVar, UpdateStmt } from 'libpg-query';
import type { Context, Expression, Runnable, Sight } from './context.ts';
import { compile } from './expressions.ts';
import { compileSelect, compileTargets, joined } from './select.ts';
import { tableOf } from './sources.ts';
import {
  MustWait,
  SqlError,
  type StoredRow,
  type Transaction,
  Unsupported,
  type Value,
  type Values,
} from './storage.ts';
import type { Table } from './table.ts';
import { cast } from './values.ts';

type Returning = ((sight: Sight) => Values) | undefined;

function returningOf(clause: { readonly exprs?: Node[] } | undefined): Returning {
  return clause === undefined ? undefined : compileTargets(clause.exprs ?? []);
}

function aliasOf({ alias, relname = '' }: RangeVar): string {
  return alias?.aliasname ?? relname;
}

interface Assignment {
  readonly column: string;
  readonly value: Expression;
}

function assignmentsOf(targets: readonly Node[]): readonly Assignment[] {
  return targets.map((node) => {
    const { name = '', val } = (node as { ResTarget: { name?: string; val?: Node } }).ResTarget;
    return { column: name, value: compile(val) };
  });
}

function assigned(table: Table, before: Values, assignments: readonly Assignment[], sight: Sight): Values {
  const changed = assignments.map(({ column, value }) => {
    const found = table.columns.find(({ name }) => name === column);
    if (found === undefined) throw new SqlError('42703', `column "${column}" of "${table.name}" does not exist`);
    return [column, cast(value(sight), found.type)];
  });
  const after = { ...before, ...(Object.fromEntries(changed) as Values) };
  table.prove(after, sight.context);
  return after;
}

/** Of the rows found, the places to change: all of them can be locked, or the statement has to wait before it has changed anything. */
function provenFree(places: readonly StoredRow[], { transaction }: Context): void {
  for (const { holder } of places) if (holder !== undefined && holder !== transaction) throw new MustWait(holder);
}

export function compileUpdate(statement: UpdateStmt): Runnable {
  const relation = statement.relation as RangeVar;
  const rows = joined([{ RangeVar: relation }, ...(statement.fromClause ?? [])], statement.whereClause);
  const assignments = assignmentsOf(statement.targetList ?? []);
  const returning = returningOf(statement.returningClause);
  const alias = aliasOf(relation);
  return (context, outer) => {
    const table = tableOf(context, relation);
    const found = rows(context, outer);
    provenFree(found.map(placeOf), context);
    return found.flatMap((row) => {
      const place = placeOf(row);
      const after = assigned(table, row.sight.rows[alias] as Values, assignments, row.sight);
      context.transaction.write(table, place, after);
      return returning === undefined ? [] : [returning({ ...row.sight, rows: { ...row.sight.rows, [alias]: after } })];
    });
  };
}

function placeOf({ found }: { readonly found: readonly { readonly place: StoredRow | undefined }[] }): StoredRow {
  const place = found[0]?.place;
  if (place === undefined) throw new Unsupported('change of what is no table');
  return place;
}

export function compileDelete(statement: DeleteStmt): Runnable {
  const relation = statement.relation as RangeVar;
  const rows = joined([{ RangeVar: relation }], statement.whereClause);
  const returning = returningOf(statement.returningClause);
  return (context, outer) => {
    const table = tableOf(context, relation);
    const found = rows(context, outer);
    provenFree(found.map(placeOf), context);
    return found.flatMap((row) => {
      context.transaction.write(table, placeOf(row), null);
      return returning === undefined ? [] : [returning(row.sight)];
    });
  };
}

/** What an insert does where its key is there already. */
type Conflict = (
  row: { readonly table: Table; readonly place: StoredRow; readonly inserted: Values },
  context: Context,
) => Values | undefined;

export function compileInsert(statement: InsertStmt): Runnable {
  const relation = statement.relation as RangeVar;
  const columns = (statement.cols ?? []).map((node) => (node as { ResTarget: { name?: string } }).ResTarget.name ?? '');
  const given = givenOf(statement.selectStmt as Node);
  const onConflict = conflictOf(statement.onConflictClause, aliasOf(relation));
  const returning = returningOf(statement.returningClause);
  const alias = aliasOf(relation);
  return (context, outer) => {
    const table = tableOf(context, relation);
    const inserts = given(context, outer).map((values) => {
      const inserted = table.filled(
        Object.fromEntries(columns.map((name, index) => [name, values[index] ?? null])),
        context,
      );
      return { inserted, place: table.place(table.keyOf(inserted)), table };
    });
    provenFree(
      inserts.map(({ place }) => place),
      context,
    );
    return inserts.flatMap((row) => {
      const stands = context.transaction.sees(row.place) !== undefined;
      const after = stands ? onConflict(row, context) : row.inserted;
      if (after === undefined) return [];
      context.transaction.write(table, row.place, after);
      return returning === undefined ? [] : [returning({ context, rows: { [alias]: after }, outer: undefined })];
    });
  };
}

function givenOf(node: Node): (context: Context, outer?: Sight) => readonly (readonly Value[])[] {
  const select = (node as { SelectStmt: { valuesLists?: Node[] } }).SelectStmt;
  if (select.valuesLists === undefined) {
    const rows = compileSelect(select as never);
    return (context, outer) => rows(context, outer).map((row) => Object.values(row));
  }
  const lists = select.valuesLists.map(compile);
  return (context, outer) => lists.map((list) => list({ context, rows: {}, outer }) as readonly Value[]);
}

function conflictOf(clause: OnConflictClause | undefined, alias: string): Conflict {
  if (clause === undefined) {
    return ({ table }) => {
      throw new SqlError('23505', `duplicate key value violates unique constraint "${table.name}_pkey"`);
    };
  }
  if (clause.action === 'ONCONFLICT_NOTHING') return () => undefined;
  const assignments = assignmentsOf(clause.targetList ?? []);
  const condition = clause.whereClause === undefined ? undefined : compile(clause.whereClause);
  return ({ inserted, place, table }, context) => {
    const before = context.transaction.sees(place) as Values;
    const rows = { [alias]: before, [table.name]: before, excluded: inserted };
    const sight: Sight = { context, rows, outer: undefined };
    context.transaction.lock(place);
    if (condition !== undefined && condition(sight) !== true) return undefined;
    return assigned(table, before, assignments, sight);
  };
}

/** `savepoint`, and the ways back to it or out of it. */
export function savepoint(transaction: Transaction, kind: string, name: string): void {
  if (kind === 'TRANS_STMT_SAVEPOINT') transaction.savepoint(name);
  else if (kind === 'TRANS_STMT_ROLLBACK_TO') transaction.rollbackTo(name);
}
