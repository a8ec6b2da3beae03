import type { z } from 'zod';
import type { Answer, Issue } from '../kernel/pipeline/answer.ts';
import { refusal } from '../kernel/pipeline/gatekeeper.ts';
import { reachesPrototype } from './json/path.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Where a field of the input may stand. */
export interface InputParts {
  readonly path: Fields;
  readonly query: Fields;
  readonly body: Fields;
}

/** One input from path, query string and body. A name that two of them give is refused: which one counts must not be a guess. */
export function mergeInput(parts: InputParts): { readonly input: Fields } | { readonly refused: Answer } {
  const input = new Map<string, unknown>();
  const places = new Map<string, string>();
  const issues: Issue[] = [];
  for (const place of ['path', 'query', 'body'] as const) {
    for (const [name, value] of Object.entries(parts[place])) {
      const before = places.get(name);
      if (before !== undefined)
        issues.push({ path: name, message: `is given both in the ${before} and in the ${place}` });
      if (reachesPrototype(name)) issues.push({ path: name, message: 'is a name that is not accepted' });
      places.set(name, place);
      input.set(name, value);
    }
  }
  if (issues.length === 0) return { input: Object.fromEntries(input) };
  return { refused: refusal(400, 'InvalidInput', 'The request has fields that are not accepted.', { issues }) };
}

/**
 * The input with the fields that headers give. A header that is sent again, as a client does that comes back, counts before what its
 * URL still says; what the URL says is refused all the same where it is wrong.
 */
export function withHeaders(schema: z.ZodType, sent: Fields, headers: Fields): Fields {
  const replaces = Object.keys(headers).some((field) => field in sent);
  return replaces && !schema.safeParse(sent).success ? sent : { ...sent, ...headers };
}
