import type { IncomingMessage } from 'node:http';
import type { Answer, Issue } from '../kernel/pipeline/answer.ts';
import { refusal } from '../kernel/pipeline/gatekeeper.ts';
import { parseJson } from './json/parse.ts';

/** Bytes of a request's body where its endpoint does not say. */
export const defaultMaxBodyBytes = 256 * 1024;

type Fields = Readonly<Record<string, unknown>>;
type Body = { readonly fields: Fields } | { readonly refused: Answer };

const json = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** Whether the request says that it has a body (RFC 9112 §6). */
export function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * The body's fields: a JSON object, or nothing where the body is empty. Refuses with 400, 413 or 415 and never quotes the body.
 *
 * @param maxBytes the endpoint's limit
 * @throws the connection's error, where it ends before the body does
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  if (!announcesBody(request)) return { fields: {} };
  const unreadable = mediaRefusal(request);
  if (unreadable !== undefined) return { refused: unreadable };
  const bytes = await collect(request, maxBytes);
  if (bytes === undefined) return { refused: tooLarge(maxBytes) };
  if (bytes.length === 0) return { fields: {} };
  const parsed = await parseJson(bytes);
  if ('problem' in parsed) return { refused: invalid(parsed.problem) };
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { refused: invalid({ path: '', message: 'must be a JSON object' }) };
  }
  return { fields: value as Fields };
}

function mediaRefusal({ headers, method }: IncomingMessage): Answer | undefined {
  if (method === 'GET' || method === 'HEAD') {
    return refusal(400, 'UnexpectedBody', `A ${method} request has no body; send its fields in the query string.`);
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    return refusal(415, 'UnsupportedMediaType', 'The body must be sent without a content encoding.');
  }
  if (json.test(headers['content-type'] ?? '')) return undefined;
  return refusal(
    415,
    'UnsupportedMediaType',
    'The body must be JSON in UTF-8, sent as Content-Type: application/json.',
  );
}

/** The whole body; undefined where it is larger than allowed. The rest is then left to be read and thrown away. */
function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve(undefined);
  const chunks: Buffer[] = [];
  let length = 0;
  // Not `for await`: leaving that loop early would destroy the connection before it is answered.
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      else resolve(undefined);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => {
      if (!request.complete) reject(new Error('the connection ended before the body did'));
    });
  });
}

function tooLarge(limitBytes: number): Answer {
  return refusal(413, 'BodyTooLarge', `The body is larger than ${limitBytes} bytes.`, { facts: { limitBytes } });
}

function invalid(issue: Issue): Answer {
  return refusal(400, 'InvalidBody', 'The body is not accepted.', { issues: [issue] });
}
