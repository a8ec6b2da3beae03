import type {
  AlterObjectSchemaStmt,
  ColumnDef,
  CreateSchemaStmt,
  CreateStmt,
  DropStmt,
  Node,
  RangeVar,
  VariableSetStmt,
} from 'libpg-query';
import type { Context, Expression, Runnable } from './context.ts';
import { compile, textOf, typeOf } from './expressions.ts';
import { tableOf } from './sources.ts';
import { SqlError } from './storage.ts';
import { type Column, Table } from './table.ts';

type Constraints = readonly { readonly contype?: string; readonly keys?: Node[]; readonly raw_expr?: Node }[];

function constraintsOf(nodes: readonly Node[] = []): Constraints {
  return nodes.flatMap((node) => ('Constraint' in node ? [node.Constraint] : []));
}

/** Statements that make, move and drop. Rights and row-level security are Postgres' own affair: they do nothing here. */
export const definitions: Readonly<Record<string, (node: never) => Runnable>> = {
  CreateSchemaStmt: ({ if_not_exists, schemaname = '' }: CreateSchemaStmt) =>
    doing(({ catalog, transaction }) => {
      if (!(if_not_exists === true && catalog.has(schemaname))) transaction.undoing(catalog.addSchema(schemaname));
    }),
  CreateStmt: createTable,
  DropStmt: drop,
  AlterObjectSchemaStmt: ({ newschema = '', relation }: AlterObjectSchemaStmt) =>
    doing((context) => {
      context.transaction.undoing(context.catalog.moveTable(tableOf(context, relation as RangeVar), newschema));
    }),
  VariableSetStmt: ({ args = [], name = '' }: VariableSetStmt) => {
    const values = args.map(compile);
    return doing((context) => {
      const value = values.map((each) => String(each({ context, rows: {}, outer: undefined }))).join(',');
      context.transaction.settings.set(name, value);
    });
  },
  AlterTableStmt: () => doing(() => undefined),
  CreatePolicyStmt: () => doing(() => undefined),
  GrantStmt: () => doing(() => undefined),
  IndexStmt: () => doing(() => undefined),
  LockStmt: () => doing(() => undefined),
};

function doing(work: (context: Context) => void): Runnable {
  return (context) => {
    work(context);
    return [];
  };
}

function createTable({ if_not_exists, relation, tableElts = [] }: CreateStmt): Runnable {
  const { relname = '', schemaname } = relation as RangeVar;
  const definitionsOf = tableElts.flatMap((node) => ('ColumnDef' in node ? [node.ColumnDef] : []));
  const ofTable = constraintsOf(tableElts);
  const key = keyColumns(definitionsOf, ofTable);
  const columns = definitionsOf.map((definition): Column => columnOf(definition, key));
  const defaults = new Map(definitionsOf.flatMap(defaultOf));
  const all = [...ofTable, ...definitionsOf.flatMap(({ constraints }) => constraintsOf(constraints))];
  const checks = all.filter(({ contype }) => contype === 'CONSTR_CHECK').map(({ raw_expr }) => compile(raw_expr));
  return doing(({ catalog, transaction }) => {
    const path = transaction.settings.get('search_path') ?? 'public';
    const schema = schemaname ?? path.replaceAll('"', '');
    if (if_not_exists === true && catalog.find(relname, [schema]) !== undefined) return;
    transaction.undoing(catalog.addTable(new Table(schema, relname, { columns, key, defaults, checks })));
  });
}

function keyColumns(definitionsOf: readonly ColumnDef[], ofTable: Constraints): readonly string[] {
  const declared = ofTable.find(({ contype }) => contype === 'CONSTR_PRIMARY')?.keys?.map(textOf);
  const isKey = ({ constraints }: ColumnDef): boolean =>
    constraintsOf(constraints).some(({ contype }) => contype === 'CONSTR_PRIMARY');
  return declared ?? definitionsOf.filter(isKey).map(({ colname = '' }) => colname);
}

function columnOf({ colname = '', constraints, typeName }: ColumnDef, key: readonly string[]): Column {
  const notNull = constraintsOf(constraints).some(({ contype }) => contype === 'CONSTR_NOTNULL');
  return { name: colname, type: typeOf(typeName), notNull: notNull || key.includes(colname) };
}

function defaultOf({ colname = '', constraints }: ColumnDef): readonly (readonly [string, Expression])[] {
  const found = constraintsOf(constraints).find(({ contype }) => contype === 'CONSTR_DEFAULT');
  return found === undefined ? [] : [[colname, compile(found.raw_expr)]];
}

function drop({ missing_ok, objects = [], removeType }: DropStmt): Runnable {
  const names = objects.map((node) => ('List' in node ? (node.List.items ?? []).map(textOf) : [textOf(node)]));
  return doing(({ catalog, transaction }) => {
    for (const name of names) {
      const last = name.at(-1) ?? '';
      if (removeType === 'OBJECT_SCHEMA') {
        if (!(missing_ok === true && !catalog.has(last))) transaction.undoing(catalog.dropSchema(last));
        continue;
      }
      const table = catalog.find(last, name.slice(0, -1));
      if (table !== undefined) transaction.undoing(catalog.dropTable(table));
      else if (missing_ok !== true) throw new SqlError('42P01', `table "${last}" does not exist`);
    }
  });
}
