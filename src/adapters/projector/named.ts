import { createHash } from 'node:crypto';
import type { Sql } from '../../kernel/sql.ts';
import type { Statement } from '../postgres/database.ts';
import { keyOf, type TrackKey } from './leases.ts';

/** A text that came less often is parsed each time: that is cheaper than a plan kept in every connection. */
const worthNaming = 8;
/** Texts of one table set. Its handlers' statements are few; beyond this many, something makes texts up. */
const textsAtMost = 500;

/** Gives names to the statements that come again and again. A name belongs to one table set, whose columns never change. */
export class Names {
  readonly #of: TrackKey;
  readonly #texts = new Map<string, { times: number; name: string | undefined }>();

  constructor(of: TrackKey) {
    this.#of = of;
  }

  /** @param times how many rows, or single statements, it stands for */
  named(statement: Sql, times = 1): Statement {
    const { text } = statement;
    const seen = this.#texts.get(text) ?? this.#first(text);
    if (seen === undefined) return statement;
    if (seen.name !== undefined) return { ...statement, name: seen.name };
    seen.times += times;
    if (seen.times < worthNaming) return statement;
    seen.name = nameOf(this.#of, text);
    return { ...statement, name: seen.name };
  }

  #first(text: string): { times: number; name: string | undefined } | undefined {
    if (this.#texts.size >= textsAtMost) return undefined;
    const seen = { times: 0, name: undefined };
    this.#texts.set(text, seen);
    return seen;
  }
}

function nameOf(of: TrackKey, text: string): string {
  return createHash('sha256')
    .update(`${keyOf(of)}\n${text}`)
    .digest('hex')
    .slice(0, 40);
}
