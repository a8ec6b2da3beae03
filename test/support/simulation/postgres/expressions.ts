import type { A_Const, A_Expr, BoolExpr, ColumnRef, FuncCall, Node, SubLink, TypeCast, TypeName } from 'libpg-query';
import type { Expression, Sight } from './context.ts';
import { call } from './functions.ts';
import { compileSelect } from './select.ts';
import { SqlError, Unsupported, type Value } from './storage.ts';
import { cast, distinct, equal, order } from './values.ts';

/** The one entry of a node: its kind and what it says. */
export function kindOf(node: Node | undefined): readonly [string, never] {
  const [entry] = Object.entries(node ?? {});
  if (entry === undefined) throw new Unsupported('empty node');
  return entry as unknown as readonly [string, never];
}

const kinds: Readonly<Record<string, (node: never) => Expression>> = {
  A_Const: constant,
  ColumnRef: column,
  ParamRef:
    ({ number = 1 }: { number?: number }) =>
    ({ context }: Sight) =>
      context.params[number - 1] ?? null,
  A_Expr: operation,
  BoolExpr: logic,
  NullTest: ({ arg, nulltesttype }: { arg?: Node; nulltesttype?: string }) => {
    const inner = compile(arg);
    return (sight: Sight) => (inner(sight) === null) === (nulltesttype === 'IS_NULL');
  },
  TypeCast: ({ arg, typeName }: TypeCast) => {
    const inner = compile(arg);
    const type = typeOf(typeName);
    return (sight: Sight) => cast(inner(sight), type);
  },
  FuncCall: invocation,
  CoalesceExpr: ({ args = [] }: { args?: Node[] }) => {
    const inner = args.map(compile);
    return (sight: Sight) => {
      for (const each of inner) {
        const value = each(sight);
        if (value !== null) return value;
      }
      return null;
    };
  },
  MinMaxExpr: ({ args = [], op }: { args?: Node[]; op?: string }) => {
    const inner = args.map(compile);
    const sign = op === 'IS_GREATEST' ? 1 : -1;
    return (sight: Sight) =>
      inner.map((each) => each(sight)).reduce((best, value) => (sign * order(value, best) > 0 ? value : best));
  },
  RowExpr: ({ args = [] }: { args?: Node[] }) => {
    const inner = args.map(compile);
    return (sight: Sight) => inner.map((each) => each(sight));
  },
  List: ({ items = [] }: { items?: Node[] }) => {
    const inner = items.map(compile);
    return (sight: Sight) => inner.map((each) => each(sight));
  },
  SubLink: subquery,
};

/** Makes a node of the parser's into a function. */
export function compile(node: Node | undefined): Expression {
  const [kind, body] = kindOf(node);
  const how = kinds[kind];
  if (how === undefined) throw new Unsupported(`${kind}`);
  return how(body);
}

/** The type's name; with `[]` for an array. */
export function typeOf({ arrayBounds, names = [] }: TypeName = {}): string {
  return `${textOf(names.at(-1))}${arrayBounds === undefined ? '' : '[]'}`;
}

export function textOf(node: Node | undefined): string {
  return (node as { String?: { sval?: string } } | undefined)?.String?.sval ?? '';
}

function constant({ boolval, fval, isnull, ival, sval }: A_Const): Expression {
  let value: Value = null;
  if (ival !== undefined) value = ival.ival ?? 0;
  else if (fval !== undefined) value = Number(fval.fval);
  else if (boolval !== undefined) value = boolval.boolval ?? false;
  else if (sval !== undefined) value = sval.sval ?? '';
  else if (isnull !== true) throw new Unsupported('such constant');
  return () => value;
}

function column({ fields = [] }: ColumnRef): Expression {
  const names = fields.map(textOf);
  const name = names.at(-1) as string;
  const alias = names.length > 1 ? names.at(-2) : undefined;
  return (sight) => {
    for (let at: Sight | undefined = sight; at !== undefined; at = at.outer) {
      const value = alias === undefined ? lookUp(at, name) : at.rows[alias]?.[name];
      if (value !== undefined) return value;
    }
    throw new SqlError('42703', `column "${names.join('.')}" does not exist`);
  };
}

function lookUp({ rows }: Sight, name: string): Value | undefined {
  for (const alias in rows) {
    const value = rows[alias]?.[name];
    if (value !== undefined) return value;
  }
  return undefined;
}

const operators: Readonly<Record<string, (one: Value, other: Value) => Value>> = {
  '=': equal,
  '<>': (one, other) => not(equal(one, other)),
  '<': (one, other) => order(one, other) < 0,
  '>': (one, other) => order(one, other) > 0,
  '<=': (one, other) => order(one, other) <= 0,
  '>=': (one, other) => order(one, other) >= 0,
  '+': (one, other) =>
    arithmetic(
      one,
      other,
      (a, b) => a + b,
      (a, b) => a + b,
    ),
  '-': (one, other) =>
    arithmetic(
      one,
      other,
      (a, b) => a - b,
      (a, b) => a - b,
    ),
  '*': (one, other) =>
    arithmetic(
      one,
      other,
      (a, b) => a * b,
      (a, b) => a * b,
    ),
  '/': divided,
  '||': (one, other) => `${String(one)}${String(other)}`,
};

/** Integers as Postgres does; a parameter that stands for a part of one comes as a number. */
function divided(one: Value, other: Value): Value {
  if (Number(other) === 0) throw new SqlError('22012', 'division by zero');
  return arithmetic(
    one,
    other,
    (a, b) => a / b,
    (a, b) => a / b,
  );
}

function arithmetic(
  one: Value,
  other: Value,
  ofNumbers: (a: number, b: number) => number,
  ofBigints: (a: bigint, b: bigint) => bigint,
): Value {
  if (typeof one !== 'bigint' && typeof other !== 'bigint') return ofNumbers(Number(one), Number(other));
  return ofBigints(BigInt(one as number), BigInt(other as number));
}

function not(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}

function operation({ kind, lexpr, name = [], rexpr }: A_Expr): Expression {
  const [left, right] = [compile(lexpr), compile(rexpr)];
  if (kind === 'AEXPR_DISTINCT') return (sight) => distinct(left(sight), right(sight));
  if (kind === 'AEXPR_NOT_DISTINCT') return (sight) => !distinct(left(sight), right(sight));
  const operator = operators[textOf(name.at(-1))];
  if (operator === undefined) throw new Unsupported(`operator ${textOf(name.at(-1))}`);
  if (kind === 'AEXPR_OP_ANY' || kind === 'AEXPR_IN') return (sight) => anyOf(left(sight), right(sight), operator);
  if (kind !== 'AEXPR_OP') throw new Unsupported(`${kind}`);
  return (sight) => {
    const [one, other] = [left(sight), right(sight)];
    return one === null || other === null ? null : operator(one, other);
  };
}

function anyOf(one: Value, list: Value, operator: (one: Value, other: Value) => Value): Value {
  return (list as readonly Value[]).some((other) => operator(one, other) === true);
}

function logic({ args = [], boolop }: BoolExpr): Expression {
  const inner = args.map(compile);
  if (boolop === 'NOT_EXPR') return (sight) => not((inner[0] as Expression)(sight) as boolean | null);
  const decisive = boolop === 'OR_EXPR';
  return (sight) => {
    let unknown = false;
    for (const each of inner) {
      const value = each(sight);
      if (value === decisive) return decisive;
      unknown ||= value === null;
    }
    return unknown ? null : !decisive;
  };
}

function invocation({ args = [], funcname = [] }: FuncCall): Expression {
  const name = textOf(funcname.at(-1));
  const given = args.filter((arg) => !('NamedArgExpr' in arg)).map(compile);
  const named = args.flatMap((arg) =>
    'NamedArgExpr' in arg ? [[arg.NamedArgExpr.name ?? '', compile(arg.NamedArgExpr.arg)] as const] : [],
  );
  return (sight) =>
    call(
      name,
      given.map((each) => each(sight)),
      sight,
      Object.fromEntries(named.map(([key, each]) => [key, each(sight)])),
    );
}

function subquery({ subLinkType, subselect, testexpr }: SubLink): Expression {
  const select = compileSelect((subselect as { SelectStmt: never }).SelectStmt);
  if (subLinkType === 'EXISTS_SUBLINK') return (sight) => select(sight.context, sight).length > 0;
  if (subLinkType === 'EXPR_SUBLINK') {
    return (sight) => Object.values(select(sight.context, sight)[0] ?? {})[0] ?? null;
  }
  const tested = compile(testexpr);
  return (sight) => {
    const value = tested(sight);
    return select(sight.context, sight).some((row) => {
      const columns = Object.values(row);
      return equal(value, Array.isArray(value) ? columns : (columns[0] ?? null)) === true;
    });
  };
}
