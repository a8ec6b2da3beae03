import { createHash } from 'node:crypto';
import type { Statement } from '../postgres/database.ts';
import type { Bulk } from './bulk.ts';
import { keyOf, type TrackKey } from './leases.ts';

/** Of a text that comes less often in a batch, parsing it each time is cheaper than a plan kept in every connection. */
const worthNaming = 8;

/** Gives names to the statements that a batch repeats. A name belongs to one table set, whose columns never change. */
export function named(of: TrackKey, bulks: readonly Bulk[]): readonly Statement[] {
  const times = new Map<string, number>();
  for (const { rows, statement } of bulks) times.set(statement.text, (times.get(statement.text) ?? 0) + rows);
  const names = new Map<string, string>();
  for (const [text, count] of times) if (count >= worthNaming) names.set(text, nameOf(of, text));
  return bulks.map(({ statement }) => {
    const name = names.get(statement.text);
    return name === undefined ? statement : { ...statement, name };
  });
}

function nameOf(of: TrackKey, text: string): string {
  return createHash('sha256')
    .update(`${keyOf(of)}\n${text}`)
    .digest('hex')
    .slice(0, 40);
}
