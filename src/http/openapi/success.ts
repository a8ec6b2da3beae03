import type { AnyEndpoint } from '../../kernel/pipeline/answer.ts';
import type { Paging } from '../../kernel/query.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { headerReferences } from './refusals.ts';
import type { Json, SharedSchemas } from './schemas.ts';

const rateHeaders = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];

/** The responses of success: the endpoint's status, and 204 where it may have nothing to say. */
export function successResponses(endpoint: AnyEndpoint, dialect: Dialect, schemas: SharedSchemas): Json {
  const status = endpoint.status ?? 200;
  const headers = headerReferences(['X-Request-Id', 'X-Log-Position', ...rateHeaders]);
  if (status === 204) return { 204: { description: 'Done.', headers } };
  const { empty, files, json } = bodiesOf(schemas.convert(endpoint.output, 'output', endpoint.name));
  const content = {
    ...(json === undefined
      ? {}
      : { 'application/json': { schema: shaped(dialect, paged(endpoint, json, dialect.cursorField)) } }),
    ...Object.fromEntries(
      files.map((mediaType) => [mediaType, { schema: { type: 'string', contentMediaType: mediaType } }]),
    ),
  };
  return {
    [status]: { description: endpoint.summary, headers, content },
    ...(empty && status === 200 ? { 204: { description: 'Nothing there.', headers } } : {}),
  };
}

interface Bodies {
  readonly json: Json | undefined;
  readonly files: readonly string[];
  readonly empty: boolean;
}

/** Tells files and nothing from JSON among what an endpoint may answer. */
function bodiesOf(output: Json): Bodies {
  const branches = (output['anyOf'] as readonly Json[] | undefined) ?? [output];
  const files = branches.flatMap((branch) => (branch['mediaTypes'] as readonly string[] | undefined) ?? []);
  const rest = branches.filter((branch) => branch['mediaTypes'] === undefined && branch['type'] !== 'null');
  const empty = branches.some((branch) => branch['type'] === 'null');
  if (rest.length === branches.length) return { json: output, files, empty };
  return { json: rest.length > 1 ? { anyOf: rest } : rest[0], files, empty };
}

/** A paged list says how to go on. */
function paged(endpoint: AnyEndpoint, schema: Json, cursorField: string): Json {
  if (endpoint.kind !== 'query' || endpoint.page === undefined) return schema;
  const added = { [cursorField]: cursorSchema(endpoint.page, schema, cursorField), ...totalSchema(endpoint.page) };
  if (typeof schema['properties'] !== 'object') return { allOf: [schema, { type: 'object', properties: added }] };
  return { ...schema, properties: { ...(schema['properties'] as Json), ...added } };
}

/** A list whose output has the cursor itself has null in it on the last page, as its document says. */
function cursorSchema({ cursor }: Paging, { properties }: Json, cursorField: string): Json {
  const type = cursor === 'integer' ? 'integer' : 'string';
  const isStated = typeof properties === 'object' && properties !== null && cursorField in properties;
  return isStated
    ? { type: [type, 'null'], description: 'Pass it as cursor for the next page; null on the last.' }
    : { type, description: 'Pass it as cursor for the next page; absent on the last.' };
}

function totalSchema({ total }: Paging): Json {
  return total === true ? { total: { type: 'integer', description: 'How many rows all pages have.' } } : {};
}

/** As the dialect wraps it. */
function shaped(dialect: Dialect, schema: Json): Json {
  if (dialect.name !== 'zeriq') return schema;
  const { items, ...beside } = (schema['properties'] ?? {}) as Readonly<Record<string, Json>>;
  const isList = items?.['type'] === 'array';
  return {
    type: 'object',
    properties: {
      data: isList ? items : schema,
      meta: isList ? { type: 'object', properties: beside } : { type: 'null' },
    },
    required: ['data', 'meta'],
  };
}
