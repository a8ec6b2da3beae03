import { z } from 'zod';

export type Json = Readonly<Record<string, unknown>>;

/** Schemas that several operations share, collected while the operations are described. */
export class SharedSchemas {
  readonly #schemas = new Map<string, { readonly text: string; readonly schema: Json }>();

  /** By name, in the order of names. */
  all(): Json {
    const sorted = [...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([name, { schema }]) => [name, schema]));
  }

  /** Adds a schema written by hand. */
  add(name: string, schema: Json): Json {
    this.#schemas.set(name, { text: JSON.stringify(schema), schema });
    return { $ref: `#/components/schemas/${name}` };
  }

  /**
   * The JSON Schema of a zod schema (draft 2020-12, as OpenAPI 3.1 has it), with its named parts shared.
   *
   * @param owner the operation's name, for parts without a name of their own
   */
  convert(schema: z.ZodType, io: 'input' | 'output', owner: string): Json {
    const converted = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: adjusted(io) }) as Json;
    const { $schema: _dialect, $defs = {}, id: _id, ...own } = converted;
    const names = new Map<string, string>();
    for (const [name, part] of Object.entries($defs as Json)) names.set(name, this.#nameFor(name, part, io, owner));
    const rewrite = (value: unknown): unknown => rewritten(value, names);
    for (const [name, part] of Object.entries($defs as Json)) {
      this.add(names.get(name) ?? name, rewrite(withoutId(part as Json)) as Json);
    }
    return rewrite(own) as Json;
  }

  /** A part's own name where it is free or means the same, else one that says whose it is. */
  #nameFor(name: string, part: unknown, io: string, owner: string): string {
    if (name.startsWith('__')) return `${owner}.${io}${name.slice(2)}`;
    const text = JSON.stringify(rewritten(withoutId(part as Json), new Map()));
    const candidates = [name, `${name}${io === 'input' ? 'Input' : 'Output'}`, `${owner}.${io}.${name}`];
    return candidates.find((candidate) => (this.#schemas.get(candidate)?.text ?? text) === text) ?? `${owner}.${name}`;
  }
}

interface Converted {
  readonly zodSchema: z.core.$ZodTypes;
  readonly jsonSchema: Record<string, unknown>;
}

/**
 * Answers may gain fields, so a client must not be told that they have no others. Defaults of what is transformed are left out by
 * zod, since in general they are of the output; ours are written as they would be sent.
 */
function adjusted(io: 'input' | 'output'): (at: Converted) => void {
  return ({ jsonSchema, zodSchema }) => {
    if (io === 'output' && jsonSchema['additionalProperties'] === false) delete jsonSchema['additionalProperties'];
    const { def } = zodSchema._zod;
    if (io === 'input' && def.type === 'default') jsonSchema['default'] = def.defaultValue;
  };
}

function withoutId({ id: _id, ...schema }: Json): Json {
  return schema;
}

/** With references to `$defs` led to the components. */
function rewritten(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => rewritten(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' ? referenceOf(item, names) : rewritten(item, names),
    ]),
  );
}

function referenceOf(reference: string, names: ReadonlyMap<string, string>): string {
  const name = reference.replace('#/$defs/', '');
  return `#/components/schemas/${names.get(name) ?? name}`;
}
