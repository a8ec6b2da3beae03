import type { Request, Response } from 'express';
import type { Answer, AnyEndpoint, Executor } from '../kernel/pipeline/answer.ts';
import { refusal } from '../kernel/pipeline/gatekeeper.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Telemetry } from '../kernel/telemetry.ts';
import { announcesBody, defaultMaxBodyBytes, readBody } from './body.ts';
import { dialectOf } from './dialects/choose.ts';
import type { Dialect } from './dialects/dialect.ts';
import { mergeInput, withHeaders } from './input.ts';
import { readInfo, requestIdOf } from './request-info.ts';
import { discard, respond } from './respond.ts';
import type { Mounted, RouteTable } from './route-table.ts';
import { climbs, parseTarget, type Target } from './target.ts';

export interface Serving {
  readonly routes: RouteTable;
  readonly execute: Executor;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Whether the server is about to end: connections are not kept. */
  readonly draining: () => boolean;
}

/** What became of one request. */
interface Served {
  readonly answer: Answer;
  readonly endpoint: AnyEndpoint | undefined;
  readonly dialect: Dialect;
  readonly credentialGiven?: boolean;
}

/** Answers any request that nothing else has answered: an endpoint's, or with 400, 404 or 405. */
export async function serveEndpoint(serving: Serving, request: Request, response: Response): Promise<void> {
  const begun = performance.now();
  const requestId = requestIdOf(request);
  response.setHeader('X-Request-Id', requestId);
  const served = await answerOf(serving, request, response, requestId);
  if (response.destroyed) return discard(served.answer);
  const now = serving.clock.now();
  const close = serving.draining() || (announcesBody(request) && !request.complete);
  const credentialGiven = served.credentialGiven === true;
  const sent = respond(response, served.answer, { dialect: served.dialect, requestId, now, credentialGiven, close });
  await sent.catch((err: Error) =>
    serving.telemetry.log.warn({ error: err.message, requestId }, 'A streamed answer broke off.'),
  );
  const seconds = (performance.now() - begun) / 1_000;
  observe(serving.telemetry, served, { requestId, seconds, status: response.statusCode });
}

async function answerOf(serving: Serving, request: Request, response: Response, requestId: string): Promise<Served> {
  const target = parseTarget(request.url);
  if (target === undefined) {
    const answer = refusal(400, 'InvalidTarget', 'The path or query string is not UTF-8 in percent encoding.');
    return { answer, endpoint: undefined, dialect: dialectOf(request.path) };
  }
  const found = climbs(target.segments)
    ? ({ kind: 'none' } as const)
    : serving.routes.find(request.method, target.segments);
  if (found.kind === 'found') {
    const { endpoint, dialect } = found.mounted;
    return { endpoint, dialect, ...(await run(serving, found, request, { target, requestId })) };
  }
  if (found.kind === 'other methods') response.setHeader('Allow', found.allow.join(', '));
  const answer = found.kind === 'none' ? notFound : otherMethod(request.method, found.allow);
  return { answer, endpoint: undefined, dialect: dialectOf(target.path) };
}

const notFound = refusal(404, 'RouteNotFound', 'There is nothing at this path; /docs lists what there is.');

function otherMethod(method: string, allow: readonly string[]): Answer {
  return method === 'OPTIONS'
    ? { status: 204 }
    : refusal(405, 'MethodNotAllowed', `This path takes ${allow.join(', ')}.`);
}

async function run(
  serving: Serving,
  { mounted, params }: { readonly mounted: Mounted; readonly params: Readonly<Record<string, string>> },
  request: Request,
  asked: { readonly target: Target; readonly requestId: string },
): Promise<Pick<Served, 'answer' | 'credentialGiven'>> {
  const { endpoint } = mounted;
  const read = readInfo(request, asked.requestId);
  if ('refused' in read) return { answer: read.refused };
  const { credential, info } = read;
  const credentialGiven = credential !== undefined;
  if (!credentialGiven && endpoint.controls.permission !== 'public') {
    // It will be refused, so its body is not worth reading.
    return { answer: await serving.execute(endpoint, {}, undefined, info), credentialGiven };
  }
  const body = await readBody(request, endpoint.maxBodyBytes ?? defaultMaxBodyBytes);
  if ('refused' in body) return { answer: body.refused, credentialGiven };
  const merged = mergeInput({ path: params, query: asked.target.query, body: body.fields });
  if ('refused' in merged) return { answer: merged.refused, credentialGiven };
  const input = withHeaders(endpoint.input, merged.input, headerFields(endpoint, request));
  return { answer: await serving.execute(endpoint, input, credential, info), credentialGiven };
}

/** Fields that headers give. */
function headerFields({ headers = {} }: AnyEndpoint, request: Request): Readonly<Record<string, string>> {
  const given = Object.entries(headers).map(([name, field]) => [field, request.headers[name]]);
  return Object.fromEntries(given.filter(([, value]) => typeof value === 'string' && value !== ''));
}

function observe(
  { log, metrics }: Telemetry,
  { answer, endpoint }: Served,
  answered: { readonly requestId: string; readonly seconds: number; readonly status: number },
): void {
  const { requestId, seconds, status } = answered;
  const name = endpoint?.name ?? 'none';
  const code = answer.rejection?.code;
  metrics.count('keyledger_http_requests_total', { endpoint: name, status: String(status) });
  metrics.observe('keyledger_http_request_seconds', seconds, { endpoint: name });
  if (code !== undefined) metrics.count('keyledger_refusals_total', { endpoint: name, code });
  const facts = { requestId, endpoint: name, status, code, ms: Math.round(seconds * 1_000) };
  log[status >= 500 ? 'warn' : 'debug'](facts, 'Answered a request.');
}
