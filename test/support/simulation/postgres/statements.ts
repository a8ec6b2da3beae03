import { loadModule, type Node, parseSync, type TransactionStmt } from 'libpg-query';
import { compileDelete, compileInsert, compileUpdate, savepoint } from './changes.ts';
import type { Runnable } from './context.ts';
import { definitions } from './definitions.ts';
import { kindOf } from './expressions.ts';
import { compileSelect, nested } from './select.ts';
import { Unsupported } from './storage.ts';

await loadModule();

const kinds: Readonly<Record<string, (node: never) => Runnable>> = {
  ...definitions,
  SelectStmt: compileSelect,
  InsertStmt: compileInsert,
  UpdateStmt: compileUpdate,
  DeleteStmt: compileDelete,
  // Plans do not differ here.
  VacuumStmt: () => () => [],
  TransactionStmt:
    ({ kind, savepoint_name = '' }: TransactionStmt) =>
    ({ transaction }) => {
      savepoint(transaction, kind ?? '', savepoint_name);
      return [];
    },
};

function compileStatement(node: Node): Runnable {
  const [kind, body] = kindOf(node);
  const how = kinds[kind];
  if (how === undefined) throw new Unsupported(`${kind}`);
  return how(body);
}

nested.compile = compileStatement;

const prepared = new Map<string, Runnable>();

/** A statement as Postgres' own parser understands it, ready to run. Several in one text give the rows of the last. */
export function prepare(text: string): Runnable {
  let runnable = prepared.get(text);
  if (runnable === undefined) {
    const statements = (parseSync(text).stmts ?? []).map(({ stmt }) => compileStatement(stmt as Node));
    runnable = (context) => statements.reduce<ReturnType<Runnable>>((_, statement) => statement(context), []);
    prepared.set(text, runnable);
  }
  return runnable;
}
