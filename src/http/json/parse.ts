import { isUtf8 } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type JsonLimits, type JsonProblem, JsonScanner } from './scanner.ts';

/** Steps between two turns of the event loop: some milliseconds. */
const stepsATurn = 50_000;

export const bodyLimits: JsonLimits = { depth: 64, items: 10_000 };

/**
 * Parses a request's JSON, whose size the caller has bounded: strict UTF-8, bounded depth and number of items, no name twice, no name that
 * reaches a prototype, numbers that a double holds, no half surrogate pairs. Others get their turn in between.
 */
export async function parseJson(
  bytes: Buffer,
  limits: JsonLimits = bodyLimits,
): Promise<{ readonly value: unknown } | { readonly problem: JsonProblem }> {
  if (!isUtf8(bytes)) return { problem: { path: '', message: 'is not UTF-8' } };
  const scanner = new JsonScanner(bytes, limits);
  while (!scanner.advance(stepsATurn)) await nextTurn();
  if (scanner.problem !== undefined) return { problem: scanner.problem };
  try {
    return { value: JSON.parse(bytes.toString('utf8')) };
  } catch {
    // The parser's own message quotes the text, which may hold a secret.
    return { problem: { path: '', message: 'is not valid JSON' } };
  }
}
