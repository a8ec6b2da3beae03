import type { Subject } from './plan.ts';
import { Unusable } from './request.ts';

/**
 * An aggregate's source with one event more, which changes nothing of the state yet.
 *
 * @throws {Unusable} its declaration is written in another way than the generator knows
 */
export function withEvent(source: string, { word, file, id }: Subject, event: string): string {
  const schema = idSchema(source, word.pascal) ?? 'z.string()';
  const grown = inserted(source, 'events', `${event}: z.object({ ${id}: ${schema} }),`);
  const evolving =
    grown === undefined ? undefined : inserted(grown, 'evolve', `${event}: (${word.camel}) => ${word.camel},`);
  if (evolving === undefined) {
    throw new Unusable(
      `${file} declares its events or evolve in a way of its own: add the event ${event} by hand, and ask again.`,
    );
  }
  return evolving;
}

/** `SecretId`, where the aggregate's file has one. */
export function idSchema(source: string, pascal: string): string | undefined {
  return new RegExp(String.raw`\b${pascal}Id\b`).test(source) ? `${pascal}Id` : undefined;
}

/** Puts a member at the end of the object that follows `name:`. */
function inserted(source: string, name: string, member: string): string | undefined {
  const start = source.search(new RegExp(String.raw`\n  ${name}: \{`));
  if (start < 0) return undefined;
  const end = closing(source, source.indexOf('{', start));
  if (end === undefined) return undefined;
  const before = source.slice(0, end).trimEnd();
  const comma = before.endsWith(',') || before.endsWith('{') ? '' : ',';
  return `${before}${comma}\n${member}\n${source.slice(end)}`;
}

/** Where the brace that opens at `start` closes. */
function closing(source: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    if (source[at] === '{') depth++;
    if (source[at] === '}') depth--;
    if (depth === 0) return at;
  }
  return undefined;
}
