import type { Asked } from './request.ts';

/** Where the examples of a context's endpoints stand: one test sends them along every route. */
export function examplesFile({ context }: Asked): string {
  return `test/support/controls/${context}.ts`;
}

const opening =
  '/** A valid request of each endpoint that needs one, about what is not there. */\nexport const examples = {\n';

/** The examples with one more. `source` is undefined where the context has none yet. */
export function withExample(source: string | undefined, endpoint: string, request: string): string {
  const line = `  '${endpoint}': ${request},\n`;
  if (source === undefined) return `${opening}${line}};\n`;
  const begun = /^export const examples(: [^=]+)? = \{\n/m.exec(source);
  if (begun === null) return `${source}\n${opening}${line}};\n`;
  const at = begun.index + begun[0].length;
  return `${source.slice(0, at)}${line}${source.slice(at)}`;
}
