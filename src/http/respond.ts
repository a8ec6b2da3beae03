import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type FileBody, isFile, isStreamed } from '../kernel/file.ts';
import type { Answer } from '../kernel/pipeline/answer.ts';
import type { Dialect } from './dialects/dialect.ts';
import { sendLive } from './send-live.ts';

/** What an answer is written with. */
export interface Reply {
  readonly dialect: Dialect;
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** A credential was shown, so that a 401 says it was not good. */
  readonly credentialGiven: boolean;
  /** The connection must not be used again: its request's body was not read to the end. */
  readonly close: boolean;
}

/** Writes an answer in its route's dialect: all of it, where it is streamed. */
export async function respond(response: ServerResponse, answer: Answer, reply: Reply): Promise<void> {
  const status = statusOf(answer, reply.dialect);
  setHeaders(response, answer, status, reply);
  response.statusCode = status;
  if (answer.rejection !== undefined) sendJson(response, reply.dialect.error(failureOf(answer, status, reply)));
  else if (status === 204) response.end();
  else if (isFile(answer.body)) await sendFile(response, answer.body);
  else sendJson(response, reply.dialect.success(answer.body));
}

/** 204 where a success has nothing to say, as a queue that is empty. */
function statusOf({ body, rejection, status }: Answer, dialect: Dialect): number {
  if (rejection !== undefined) return dialect.errorStatus(status);
  return status === 200 && (body === undefined || body === null) ? 204 : status;
}

function setHeaders(response: ServerResponse, answer: Answer, status: number, reply: Reply): void {
  const { position, rate, retryAfterSeconds } = answer;
  if (position !== undefined) response.setHeader('X-Log-Position', position.toString());
  if (rate !== undefined) {
    response.setHeader('X-RateLimit-Limit', rate.limit);
    response.setHeader('X-RateLimit-Remaining', rate.remaining);
    response.setHeader('X-RateLimit-Reset', Math.ceil(reply.now / 1_000) + rate.resetSeconds);
  }
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', Math.max(1, Math.ceil(retryAfterSeconds)));
  if (status === 401) {
    response.setHeader(
      'WWW-Authenticate',
      `Bearer realm="keyledger"${reply.credentialGiven ? ', error="invalid_token"' : ''}`,
    );
  }
  if (reply.close) response.setHeader('Connection', 'close');
}

function failureOf({ rejection }: Answer, status: number, reply: Reply): Parameters<Dialect['error']>[0] {
  const { code = 'InternalError', detail, facts = {}, issues = [], requiredTier } = rejection ?? {};
  const timestamp = new Date(reply.now).toISOString();
  const { requestId } = reply;
  return { status, code, message: detail ?? code, facts, issues, requiredTier, requestId, timestamp };
}

/** Sends a value as JSON with the status that is set. */
export function sendJson(response: ServerResponse, value: unknown): void {
  const text = JSON.stringify(value);
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  // As text it leaves in one piece with the head.
  response.end(text);
}

async function sendFile(response: ServerResponse, file: FileBody): Promise<void> {
  const { describedBy, fileName, mediaType, total } = file;
  if (fileName !== undefined) response.setHeader('Content-Disposition', disposition(fileName));
  if (describedBy !== undefined) response.setHeader('Link', `<${describedBy}>; rel="describedby"`);
  if (total !== undefined) response.setHeader('X-Total-Count', total);
  if (isStreamed(file) && file.live !== undefined) return sendLive(response, mediaType, file.content, file.live);
  if (isStreamed(file)) return stream(response, mediaType, file.content);
  const { content } = file;
  send(response, mediaType, typeof content === 'string' ? Buffer.from(content) : (content as Uint8Array));
}

/**
 * As fast as the receiver takes it. Where it breaks off, the connection is cut: without the last chunk nobody takes a part for the
 * whole. The answer to HEAD takes nothing of it.
 */
async function stream(response: ServerResponse, mediaType: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  response.setHeader('Content-Type', mediaType);
  const source = Readable.from(content, { objectMode: false });
  if (response.req.method !== 'HEAD') return pipeline(source, response);
  source.destroy();
  response.end();
}

/** Lets go of an answer that nobody will read. */
export function discard({ body }: Answer): void {
  if (isStreamed(body)) Readable.from(body.content).destroy();
}

/** RFC 6266, with the name in ASCII and as it is (RFC 8187). */
function disposition(fileName: string): string {
  const ascii = fileName.replaceAll(/[^\w.-]/g, '_');
  const encoded = encodeURIComponent(fileName.toWellFormed()).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** The body of a HEAD request is left out by Node itself. */
export function send(response: ServerResponse, mediaType: string, bytes: Uint8Array): void {
  response.setHeader('Content-Type', mediaType);
  response.setHeader('Content-Length', bytes.byteLength);
  response.end(bytes);
}
