import type { AnyEndpoint } from '../../kernel/pipeline/answer.ts';
import { pageSchema } from '../../kernel/pipeline/paging.ts';
import { defaultMaxBodyBytes } from '../body.ts';
import type { Json, SharedSchemas } from './schemas.ts';

/** Where a route takes its parts from. */
export interface RouteShape {
  readonly method: string;
  /** Names in the endpoint's input, and in the documented path: two routes of one shape share a path. */
  readonly pathNames: readonly { readonly own: string; readonly documented: string }[];
}

export interface DescribedInput {
  readonly parameters: readonly Json[];
  readonly requestBody: Json | undefined;
}

/** Parameters and body of an operation, from the one input schema. */
export function describeInput(endpoint: AnyEndpoint, shape: RouteShape, schemas: SharedSchemas): DescribedInput {
  const schema = schemas.convert(endpoint.input, 'input', endpoint.name);
  const properties = propertiesOf(schema);
  const required = new Set((schema['required'] ?? []) as readonly string[]);
  const path = shape.pathNames.map(({ documented, own }) => ({
    name: documented,
    in: 'path',
    required: true,
    schema: properties[own] ?? { type: 'string' },
  }));
  const taken = new Set(shape.pathNames.map(({ own }) => own));
  const headers = [...headerParameters(endpoint), ...headerFields(endpoint, properties)];
  if (shape.method !== 'GET' && shape.method !== 'DELETE') {
    return { parameters: [...path, ...headers], requestBody: bodyOf(endpoint, schema, taken) };
  }
  const all = { ...properties, ...pageProperties(endpoint, schemas) };
  const query = Object.entries(all)
    .filter(([name]) => !taken.has(name))
    .map(([name, property]) => ({ name, in: 'query', required: required.has(name), schema: property }));
  return { parameters: [...path, ...query, ...headers], requestBody: undefined };
}

/** Also of a schema that is one of several: then all of theirs. */
function propertiesOf(schema: Json): Readonly<Record<string, Json>> {
  const branches = [schema['anyOf'], schema['oneOf'], schema['allOf']].flatMap(
    (list) => (list ?? []) as readonly Json[],
  );
  const inherited = branches.map(propertiesOf);
  return Object.assign({}, ...inherited, schema['properties'] ?? {}) as Readonly<Record<string, Json>>;
}

function pageProperties(endpoint: AnyEndpoint, schemas: SharedSchemas): Json {
  if (endpoint.kind !== 'query' || endpoint.page === undefined) return {};
  const page = schemas.convert(pageSchema(endpoint.page), 'input', endpoint.name);
  return (page['properties'] ?? {}) as Json;
}

function headerParameters({ kind }: AnyEndpoint): readonly Json[] {
  if (kind === 'query') return [{ $ref: '#/components/parameters/X-Wait-For-Position' }];
  return kind === 'command' ? [{ $ref: '#/components/parameters/Idempotency-Key' }] : [];
}

/** Fields that a header may give as well. */
function headerFields({ headers = {} }: AnyEndpoint, properties: Readonly<Record<string, Json>>): readonly Json[] {
  return Object.entries(headers).map(([name, field]) => ({
    name: name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase()),
    in: 'header',
    required: false,
    schema: properties[field] ?? { type: 'string' },
  }));
}

function bodyOf(endpoint: AnyEndpoint, schema: Json, taken: ReadonlySet<string>): Json | undefined {
  const body = without(schema, taken);
  const isObject = typeof body['properties'] === 'object';
  if (isObject && Object.keys(body['properties'] as Json).length === 0) return undefined;
  const bytes = endpoint.maxBodyBytes ?? defaultMaxBodyBytes;
  return {
    description: `At most ${bytes} bytes.`,
    required: !isObject || ((body['required'] ?? []) as readonly string[]).length > 0,
    content: { 'application/json': { schema: body } },
  };
}

/** The schema without what the path gives. */
function without(schema: Json, taken: ReadonlySet<string>): Json {
  if (typeof schema['properties'] !== 'object') return schema;
  const properties = Object.entries(schema['properties'] as Json).filter(([name]) => !taken.has(name));
  const required = ((schema['required'] ?? []) as readonly string[]).filter((name) => !taken.has(name));
  const { required: _required, ...rest } = schema;
  return {
    ...rest,
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
  };
}
