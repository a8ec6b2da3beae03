import type { Context } from '../endpoint.ts';
import { revealRows } from '../personal.ts';
import { platformTenant } from '../principal.ts';
import type { AnyQuery, Row } from '../query.ts';
import { isRejection, type Rejection, reject } from '../rejection.ts';
import type { Sql } from '../sql.ts';
import { sql } from '../sql.ts';
import type { Answer, AnyEndpoint } from './answer.ts';
import { type Call, contextOf } from './caller.ts';
import type { Deps } from './deps.ts';
import { parseWith, refusal } from './gatekeeper.ts';
import {
  cursorBinding,
  cutPage,
  makeCursor,
  openCursor,
  type PageRequest,
  pageSchema,
  pageSql,
  splitPage,
} from './paging.ts';

const defaultWaitMs = 5_000;

/** Parses an endpoint's input; a paged list's own parameters are parsed apart. */
export function splitInput(
  endpoint: AnyEndpoint,
  raw: unknown,
): { readonly input: unknown; readonly page?: PageRequest } | { readonly refused: Answer } {
  if (endpoint.kind !== 'query' || endpoint.page === undefined) return parseWith(endpoint.input, raw);
  const { page, rest } = splitPage(raw);
  const parsedPage = parseWith(pageSchema(endpoint.page), page);
  if ('refused' in parsedPage) return parsedPage;
  const parsed = parseWith(endpoint.input, rest);
  return 'refused' in parsed ? parsed : { input: parsed.input, page: parsedPage.input as PageRequest };
}

/** Waits for the asked position, runs the statement under the tenant's row-level security, and shapes the answer. */
export async function runQuery(
  deps: Deps,
  query: AnyQuery,
  call: Call,
  given: { readonly input: unknown; readonly page: unknown },
): Promise<{ readonly body: unknown } | { readonly refused: Answer } | Rejection> {
  const late = await awaitReads(deps, query.reads, call);
  if (late !== undefined) return late;
  const context = contextFor(deps, query, call, given.input);
  if (isRejection(context)) return context;
  return query.page === undefined
    ? runPlain(deps, query, context, given.input)
    : runPaged(deps, query, context, { input: given.input, page: given.page as PageRequest });
}

/** Waits until the read models have seen what the caller asks for; a refusal where that takes too long. */
export async function awaitReads(
  deps: Deps,
  reads: string | readonly string[],
  { info: { waitFor } }: Call,
): Promise<{ readonly refused: Answer } | undefined> {
  const names = typeof reads === 'string' ? [reads] : reads;
  if (waitFor === undefined) return undefined;
  if (await deps.readModels.waitFor(names, waitFor, deps.waitTimeoutMs ?? defaultWaitMs)) return undefined;
  const detail = `${names.join(', ')} has not seen position ${waitFor} yet.`;
  return { refused: { ...refusal(503, 'NotYetVisible', detail), retryAfterSeconds: 1 } };
}

/** The caller's context, in the tenant whose rows are asked for. */
function contextFor(deps: Deps, query: AnyQuery, call: Call, input: unknown): Context | Rejection {
  const context = contextOf(call, deps.clock.now(), '');
  const tenant = query.tenant?.(input) ?? context.tenant;
  if (tenant === context.tenant) return context;
  if (context.tenant === platformTenant) return { ...context, tenant };
  return reject('TenantMismatch', 'Only your own tenant can be asked for.');
}

async function runPlain(
  deps: Deps,
  query: AnyQuery,
  context: Context,
  input: unknown,
): Promise<{ body: unknown } | Rejection> {
  const rows = await readPlain(deps, context.tenant, query.run(input, context));
  const result = query.respond(rows, input, context);
  return isRejection(result) ? result : { body: query.output.parse(result) };
}

async function runPaged(
  deps: Deps,
  query: AnyQuery,
  context: Context,
  { input, page }: { readonly input: unknown; readonly page: PageRequest },
): Promise<{ readonly body: unknown } | { readonly refused: Answer } | Rejection> {
  const paging = query.page;
  if (paging === undefined) return runPlain(deps, query, context, input);
  const binding = cursorBinding(query, context.tenant, `${context.actor.type}/${context.actor.id}`, input);
  const after = page.cursor === undefined ? undefined : openCursor(deps.cursors, binding, page.cursor);
  if (page.cursor !== undefined && after === undefined) {
    const issues = [{ path: 'cursor', message: 'is not a cursor of this list with these filters' }];
    return {
      refused: refusal(400, 'InvalidCursor', 'The cursor is not accepted; begin again without one.', { issues }),
    };
  }
  const statement = pageSql(query.run(input, context), paging, page, after);
  const cut = cutPage(await readPlain(deps, context.tenant, statement), paging, page.limit);
  if (cut.rows.length === 0 && query.parent !== undefined) {
    const found = await deps.readModels.run(context.tenant, query.parent.run(input, context));
    if (found.length === 0) return query.parent.missing(input);
  }
  const result = query.respond(cut.rows, input, context);
  if (isRejection(result)) return result;
  const nextCursor = cut.last === undefined ? {} : { nextCursor: makeCursor(deps.cursors, paging, binding, cut.last) };
  const total = paging.total === true ? await totalOf(deps, query, context, input) : {};
  return { body: { ...(query.output.parse(result) as object), ...total, ...nextCursor } };
}

async function totalOf(deps: Deps, query: AnyQuery, context: Context, input: unknown): Promise<{ total: number }> {
  const [row] = await deps.readModels.run(
    context.tenant,
    sql`select count(*) from (${query.run(input, context)}) as listed`,
  );
  return { total: Number(row?.['count']) };
}

/** Rows as answers show them: with the personal data that nobody has erased. */
async function readPlain(deps: Deps, tenant: string, statement: Sql): Promise<readonly Row[]> {
  return revealRows(deps.ports.personal, tenant, await deps.readModels.run(tenant, statement));
}
