import type { FuzzRequest } from './request.ts';
import type { Check } from './schema.ts';
import type { FuzzAnswer } from './target.ts';

/** Refusals of what was sent, before anything was decided. */
const refusals = new Set([400, 413, 415]);

/** What is wrong with an answer; undefined where it is as the document says. */
export function verdict(request: FuzzRequest, answer: FuzzAnswer, check: Check): string | undefined {
  const { mediaType, status, text } = answer;
  const content = request.operation.responses[String(status)];
  if (status >= 500) return `answered ${status}: ${text.slice(0, 300)}`;
  if (content === undefined) return `answered ${status}, which is not documented: ${text.slice(0, 300)}`;
  const wrong = bodyProblem(content, mediaType, text, check);
  if (wrong !== undefined) return `answered ${status} with a body that is not as documented: ${wrong}`;
  if (request.mutation !== undefined && !refusals.has(status)) {
    return `answered ${status} to what its document refuses: ${text.slice(0, 300)}`;
  }
  return undefined;
}

function bodyProblem(
  content: Readonly<Record<string, Parameters<Check>[0]>>,
  mediaType: string | undefined,
  text: string,
  check: Check,
): string | undefined {
  if (Object.keys(content).length === 0) return text === '' ? undefined : 'it has one';
  const isJson = mediaType === 'application/json; charset=utf-8';
  const schema = content[isJson ? 'application/json' : (mediaType ?? '')];
  if (schema === undefined) return `its media type is ${mediaType ?? 'none'}`;
  if (!isJson) return undefined;
  try {
    return check(schema, JSON.parse(text));
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether the input's form was refused, in any dialect. Rules between fields and on dates are not in a schema. */
export function isRefusedInput({ status, text }: FuzzAnswer): boolean {
  return status === 400 && /"(InvalidInput|InvalidBody|invalid_input|invalid_body)"/.test(text);
}
