/** A JSON schema, or any other object of an OpenAPI document. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
}

/** One operation as its document describes it. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly isPublic: boolean;
  readonly parameters: readonly Parameter[];
  /** Undefined where the operation takes none. */
  readonly body: { readonly schema: Schema; readonly required: boolean; readonly maxBytes: number } | undefined;
  /** By status: the schema by media type; no media type where the answer has no body. */
  readonly responses: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
}

/** The document of a running server. */
export interface Document {
  readonly operations: readonly Operation[];
  /** What a reference such as `#/components/schemas/X` leads to. */
  resolve(schema: Schema): Schema;
  readonly components: Schema;
}

/** Reads the OpenAPI document that the server at `url` serves. */
export async function documentOf(url: string): Promise<Document> {
  const text = (await (await fetch(`${url}/openapi.json`)).json()) as Schema;
  const at = (reference: string): Schema =>
    reference
      .slice(2)
      .split('/')
      .reduce((part, name) => part[name] as Schema, text);
  const resolve = (schema: Schema): Schema =>
    typeof schema['$ref'] === 'string' ? resolve(at(schema['$ref'])) : schema;
  const operations = Object.entries(text['paths'] as Schema).flatMap(([path, item]) =>
    Object.entries(item as Schema).map(([method, given]) => operationOf(method, path, given as Schema, resolve)),
  );
  return { operations, resolve, components: text['components'] as Schema };
}

function operationOf(method: string, path: string, given: Schema, resolve: (schema: Schema) => Schema): Operation {
  const parameters = ((given['parameters'] ?? []) as readonly Schema[]).map((parameter) => resolve(parameter));
  const security = given['security'] as readonly unknown[] | undefined;
  const responses = Object.entries(given['responses'] as Schema).map(([status, response]) => {
    const content = Object.entries((resolve(response as Schema)['content'] ?? {}) as Schema);
    return [status, Object.fromEntries(content.map(([type, media]) => [type, (media as Schema)['schema'] as Schema]))];
  });
  return {
    id: String(given['operationId']),
    method: method.toUpperCase(),
    path,
    isPublic: security === undefined || security.length === 0,
    parameters: parameters as unknown as readonly Parameter[],
    body: bodyOf(given['requestBody'] as Schema | undefined),
    responses: Object.fromEntries(responses),
  };
}

function bodyOf(given: Schema | undefined): Operation['body'] {
  if (given === undefined) return undefined;
  const json = (given['content'] as Schema)['application/json'] as Schema;
  const maxBytes = Number(/At most (\d+) bytes/.exec(String(given['description']))?.[1]);
  return { schema: json['schema'] as Schema, required: given['required'] === true, maxBytes };
}
