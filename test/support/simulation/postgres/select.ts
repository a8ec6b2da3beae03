import type { Node, SelectStmt } from 'libpg-query';
import type { Context, Expression, Runnable, Sight } from './context.ts';
import { compile, kindOf, textOf } from './expressions.ts';
import { type Found, sourceOf } from './sources.ts';
import { Unsupported, type Value, type Values } from './storage.ts';
import { order } from './values.ts';

/** A row that was found, as expressions see it, and the places it came from. */
export interface Joined {
  readonly sight: Sight;
  readonly found: readonly Found[];
}

/** Every combination of the sources' rows that the condition holds for. */
export function joined(
  fromClause: readonly Node[],
  where: Node | undefined,
): (context: Context, outer?: Sight) => readonly Joined[] {
  const flat = fromClause.flatMap(unjoined);
  const sources = flat.map(({ node }) => sourceOf(node, where));
  const conditions = [...flat.flatMap(({ on }) => on), ...(where === undefined ? [] : [where])].map(compile);
  return (context, outer) => {
    let rows: Joined[] = [{ sight: { context, rows: {}, outer }, found: [] }];
    for (const source of sources) {
      rows = rows.flatMap(({ found, sight }) =>
        source(sight).map((each) => ({
          sight: { context, outer, rows: { ...sight.rows, [each.alias]: each.values } },
          found: [...found, each],
        })),
      );
    }
    return rows.filter(({ sight }) => conditions.every((condition) => condition(sight) === true));
  };
}

/** The sources of inner joins, each with the condition it comes with. */
function unjoined(node: Node): readonly { readonly node: Node; readonly on: readonly Node[] }[] {
  if (!('JoinExpr' in node)) return [{ node, on: [] }];
  const { jointype, larg, quals, rarg } = node.JoinExpr;
  if (jointype !== 'JOIN_INNER' || quals === undefined) throw new Unsupported('outer joins');
  const [right, ...rest] = unjoined(rarg as Node);
  return [...unjoined(larg as Node), { node: right?.node as Node, on: [...(right?.on ?? []), quals] }, ...rest];
}

/** What a statement gives back of each row it found. */
export function compileTargets(targets: readonly Node[]): (sight: Sight) => Values {
  const parts = targets.map((node): ((sight: Sight, into: Record<string, Value>) => void) => {
    const { name, val } = (node as { ResTarget: { name?: string; val?: Node } }).ResTarget;
    if (isStar(val)) return ({ rows }, into) => Object.assign(into, ...Object.values(rows));
    const value = compile(val);
    const label = name ?? labelOf(val);
    return (sight, into) => {
      into[label] = value(sight);
    };
  });
  return (sight) => {
    const values: Record<string, Value> = {};
    for (const part of parts) part(sight, values);
    return values;
  };
}

function isStar(node: Node | undefined): boolean {
  return 'ColumnRef' in (node ?? {}) && JSON.stringify(node).includes('"A_Star"');
}

/** What Postgres calls a column that has no name of its own. */
function labelOf(node: Node | undefined): string {
  const [kind, body] = kindOf(node) as readonly [string, { fields?: Node[]; funcname?: Node[]; arg?: Node }];
  if (kind === 'ColumnRef') return textOf(body.fields?.at(-1));
  if (kind === 'FuncCall') return textOf(body.funcname?.at(-1));
  if (kind === 'TypeCast') return labelOf(body.arg);
  return '?column?';
}

export function compileSelect(select: SelectStmt): Runnable {
  const ctes = (select.withClause?.ctes ?? []).map(compileNamed);
  const rows = joined(select.fromClause ?? [], select.whereClause);
  const finish = finisherOf(select);
  return (context, outer) => {
    for (const define of ctes) define(context);
    const found = rows(context, outer);
    return finish(lockedOf(select, context, found), { context, outer, rows: {} });
  };
}

/** `compileStatement` registers itself: a named table may be any statement, and a statement holds selects. */
export const nested: { compile: (node: Node) => Runnable } = {
  compile: () => {
    throw new Unsupported('statement');
  },
};

function compileNamed(node: Node): (context: Context) => void {
  const { ctename, ctequery } = (node as { CommonTableExpr: { ctename?: string; ctequery?: Node } }).CommonTableExpr;
  const statement = nested.compile(ctequery as Node);
  return (context) => void context.named.set(ctename ?? '', statement(context));
}

/** Rows that are locked for the transaction; with `skip locked`, those that can be. */
function lockedOf(select: SelectStmt, { transaction }: Context, rows: readonly Joined[]): readonly Joined[] {
  const [clause] = select.lockingClause ?? [];
  if (clause === undefined) return rows;
  const { waitPolicy } = (clause as { LockingClause: { waitPolicy?: string } }).LockingClause;
  const kept = rows.filter(
    ({ found }) =>
      waitPolicy !== 'LockWaitSkip' ||
      found.every(({ place }) => place?.holder === undefined || place.holder === transaction),
  );
  for (const { found } of kept) for (const { place } of found) if (place !== undefined) transaction.lock(place);
  return kept;
}

function finisherOf(select: SelectStmt): (rows: readonly Joined[], empty: Sight) => readonly Values[] {
  const targets = select.targetList ?? [];
  const counted = targets.length === 1 && isCount(targets[0]);
  const sorts = (select.sortClause ?? []).map(compileSort);
  const limit = select.limitCount === undefined ? undefined : compile(select.limitCount);
  const unique = select.distinctClause !== undefined;
  const shown = counted ? undefined : compileTargets(targets);
  const { name = 'count' } = (targets[0] as { ResTarget: { name?: string } } | undefined)?.ResTarget ?? {};
  return (rows, empty) => {
    if (shown === undefined) return [{ [name]: BigInt(rows.length) }];
    const sorted = sorts.length === 0 ? rows : [...rows].sort((a, b) => compared(sorts, a.sight, b.sight));
    const most = limit === undefined ? null : limit(empty);
    const values = sorted.map(({ sight }) => shown(sight));
    const kept = unique
      ? [...new Map(values.map((each) => [Object.values(each).map(String).join(), each])).values()]
      : values;
    return most === null ? kept : kept.slice(0, Number(most));
  };
}

/** `count(*)` itself, not something that is made of one. */
function isCount(target: Node | undefined): boolean {
  const { val } = (target as { ResTarget: { val?: Node } } | undefined)?.ResTarget ?? {};
  return (val as { FuncCall?: { agg_star?: boolean } } | undefined)?.FuncCall?.agg_star === true;
}

interface Sort {
  readonly by: Expression;
  readonly sign: number;
}

function compileSort(node: Node): Sort {
  const { node: by, sortby_dir } = (node as { SortBy: { node?: Node; sortby_dir?: string } }).SortBy;
  return { by: compile(by), sign: sortby_dir === 'SORTBY_DESC' ? -1 : 1 };
}

function compared(sorts: readonly Sort[], one: Sight, other: Sight): number {
  for (const { by, sign } of sorts) {
    const found = order(by(one), by(other));
    if (found !== 0) return sign * found;
  }
  return 0;
}
