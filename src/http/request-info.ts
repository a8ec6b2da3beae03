import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { Request } from 'express';
import type { Answer, Issue } from '../kernel/pipeline/answer.ts';
import { refusal } from '../kernel/pipeline/gatekeeper.ts';
import type { Credential, RequestInfo } from '../kernel/ports.ts';

/** Headers whose second value could mean something else to a proxy than to us. */
const single = ['host', 'authorization', 'x-agent-secret', 'idempotency-key', 'x-wait-for-position', 'content-type'];
const longestUserAgent = 512;

/** The caller's id of the request where it is a plain token, else a new UUID. */
export function requestIdOf(request: Request): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

/** What the headers say, or 400 with every header that is malformed. */
export function readInfo(
  request: Request,
  requestId: string,
): { readonly info: RequestInfo; readonly credential: Credential | undefined } | { readonly refused: Answer } {
  const issues = headerIssues(request);
  if (issues.length > 0) return { refused: refusal(400, 'InvalidHeader', 'A header is not accepted.', { issues }) };
  const waitFor = headerOf(request, 'x-wait-for-position');
  return {
    credential: credentialOf(request),
    info: {
      requestId,
      idempotencyKey: headerOf(request, 'idempotency-key'),
      sourceAddress: sourceOf(request),
      userAgent: headerOf(request, 'user-agent')?.slice(0, longestUserAgent),
      traceparent: traceparentOf(request),
      waitFor: waitFor === undefined ? undefined : BigInt(waitFor),
      causationId: undefined,
      correlationId: undefined,
    },
  };
}

function headerOf(request: Request, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function headerIssues(request: Request): readonly Issue[] {
  const issues: Issue[] = single
    .filter((name) => (request.headersDistinct[name]?.length ?? 0) > 1)
    .map((path) => ({ path, message: 'is given more than once' }));
  const check = (path: string, pattern: RegExp, message: string): void => {
    const value = headerOf(request, path);
    if (value !== undefined && !pattern.test(value)) issues.push({ path, message });
  };
  check('idempotency-key', /^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters');
  check('x-wait-for-position', /^\d{1,20}$/, 'must be a log position: a whole number, not negative');
  if (request.headers.authorization !== undefined && request.headers['x-agent-secret'] !== undefined) {
    issues.push({ path: 'x-agent-secret', message: 'is given beside an Authorization header; send one of them' });
  }
  return issues;
}

/** What the caller shows; undefined for none, and for a scheme that is not served. */
function credentialOf(request: Request): Credential | undefined {
  const agentSecret = headerOf(request, 'x-agent-secret');
  if (agentSecret !== undefined) return { scheme: 'agent-secret', value: agentSecret };
  const bearer = /^bearer +([\x21-\x7e]+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  return bearer === undefined ? undefined : { scheme: 'bearer', value: bearer };
}

/** The caller's address; a forwarded one counts only where every proxy on the way is trusted. */
function sourceOf(request: Request): string | undefined {
  const forwarded = request.ip ?? '';
  const address = isIP(forwarded) === 0 ? request.socket.remoteAddress : forwarded;
  return address?.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** The caller's trace context (W3C Trace Context §3.2), or the first of a new trace. */
function traceparentOf(request: Request): string {
  const given = headerOf(request, 'traceparent');
  if (given !== undefined && isTraceparent(given)) return given;
  return `00-${hex()}-${hex().slice(0, 16)}-01`;
}

/** 32 random digits; a UUID's, since those come from a pool and cost no system call each. */
function hex(): string {
  return randomUUID().replaceAll('-', '');
}

function isTraceparent(text: string): boolean {
  const match = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-[\x21-\x7e]{0,200})?$/.exec(text);
  if (match === null) return false;
  const [, version, trace = '', parent = '', more] = match;
  const known = version !== 'ff' && (version !== '00' || more === undefined);
  return known && /[^0]/.test(trace) && /[^0]/.test(parent);
}
