import { parseArgs } from 'node:util';

/** What a person can mend: said in a sentence, without a stack. */
export class Unusable extends Error {
  override readonly name = 'Unusable';
}

export const kinds = ['aggregate', 'command', 'query', 'projection', 'reaction', 'worker'] as const;
export type Kind = (typeof kinds)[number];

/** What is to be made. */
export interface Asked {
  readonly kind: Kind;
  readonly context: string;
  /** `vault` or `vault/leakage`: the folders below the room. */
  readonly folder: string;
  /** The name in kebab-case, without an ending. */
  readonly name: string;
  /** The aggregate it is about, in kebab-case, where the name does not say so. */
  readonly of: string | undefined;
}

export const usage = `usage: npm run new -- KIND CONTEXT NAME [--of AGGREGATE]
  npm run new -- aggregate vault secret
  npm run new -- command vault rotate-secret
  npm run new -- projection vault secrets
  npm run new -- query vault list-secrets
  npm run new -- reaction vault when-secret-rotated-tell-owner
  npm run new -- worker vault tell-owner
CONTEXT may name a group, as vault/leakage. --of names the aggregate where the name does not: --of secret`;

const kebab = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const shapes: Readonly<Record<Kind, readonly [RegExp, string]>> = {
  aggregate: [kebab, 'a noun, as rotation-plan'],
  command: [/^[a-z]+(-[a-z0-9]+)+$/, 'a verb and a noun, as rotate-secret'],
  query: [/^(get|list)(-[a-z0-9]+)+$/, 'get or list and a noun, as list-secrets'],
  projection: [kebab, 'what its rows are, as secrets'],
  reaction: [/^when(-[a-z0-9]+){3,}$/, 'when-FACT-DO-THIS, as when-secret-rotated-tell-owner'],
  worker: [/^[a-z]+(-[a-z0-9]+)+$/, 'a verb and a noun, as tell-owner'],
};

/** Reads the command line. @throws {Unusable} */
export function askedFor(args: readonly string[], contexts: readonly string[]): Asked {
  const { values, positionals } = parsed(args);
  const [kind = '', folder = '', name = '', ...more] = positionals;
  if (name === '' || more.length > 0) throw new Unusable(usage);
  if (!isKind(kind)) throw new Unusable(`"${kind}" cannot be made: it is none of ${kinds.join(', ')}.\n${usage}`);
  const [context = '', group, ...deeper] = folder.split('/');
  if (!contexts.includes(context)) throw new Unusable(`"${context}" is none of the contexts ${contexts.join(', ')}.`);
  if (deeper.length > 0 || (group !== undefined && !kebab.test(group))) {
    throw new Unusable(`"${folder}" is no context and group: write it as ${context} or ${context}/leakage.`);
  }
  const [shape, example] = shapes[kind];
  if (!kebab.test(name) || !shape.test(name)) {
    throw new Unusable(`"${name}" is no name for a ${kind}: write ${example}, in kebab-case.`);
  }
  return { kind, context, folder, name, of: values.of };
}

const isKind = (kind: string): kind is Kind => (kinds as readonly string[]).includes(kind);

function parsed(args: readonly string[]): { values: { of: string | undefined }; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { of: { type: 'string' } },
      allowPositionals: true,
    });
    return { values: { of: values.of }, positionals };
  } catch (error) {
    throw new Unusable(`${(error as Error).message}\n${usage}`);
  }
}
