import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Route } from '../../kernel/endpoint.ts';
import type { Registry } from '../../kernel/registry.ts';
import { dialectOf } from '../dialects/choose.ts';
import { type DialectName, dialectNames } from '../dialects/dialect.ts';
import { documentedRoutes } from '../dialects/documented.ts';
import { partsOf, routesOf } from '../route-table.ts';
import { headers, parameters, securitySchemes } from './components.ts';
import { addErrors } from './errors.ts';
import { type DescribedRoute, describeOperation, tagOf } from './operation.ts';
import { probeItems } from './probes.ts';
import { type Json, SharedSchemas } from './schemas.ts';

export interface DocumentOptions {
  readonly registry: Pick<Registry, 'endpoints'>;
  readonly version: string;
  /** Where clients reach the server; the document's own origin where absent. */
  readonly publicUrl?: string | undefined;
  /** Only this dialect's routes; all where absent. */
  readonly dialect?: DialectName | undefined;
}

/** Routes described between two turns of the event loop. */
const routesATurn = 20;

/** The OpenAPI 3.1 document of all endpoints that have a route: the same text for the same endpoints. */
export async function openApiDocument(options: DocumentOptions): Promise<Json> {
  const routes = describedRoutes(options);
  const schemas = new SharedSchemas();
  addErrors(schemas);
  const paths = new Map<string, Record<string, unknown>>();
  for (const [index, { path, route }] of routes.entries()) {
    const item = paths.get(path) ?? {};
    item[route.shape.method.toLowerCase()] = describeOperation(route, schemas);
    paths.set(path, item);
    if (index % routesATurn === routesATurn - 1) await nextTurn();
  }
  const all = [...paths, ...probeItems(options.dialect)].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    openapi: '3.1.0',
    info: {
      title: options.dialect === undefined ? 'Keyledger' : `Keyledger: ${options.dialect}`,
      version: options.version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: options.publicUrl ?? '/' }],
    ...tagsOf(routes.map(({ route }) => route)),
    paths: Object.fromEntries(all),
    components: { schemas: schemas.all(), headers, parameters, securitySchemes },
  };
}

interface PathRoute {
  readonly path: string;
  readonly route: DescribedRoute;
}

function describedRoutes({ dialect, registry }: DocumentOptions): readonly PathRoute[] {
  const known = new Set<string>(Object.values(documentedRoutes).flat());
  const named = new Map<string, readonly string[]>();
  const routes = registry.endpoints.flatMap(({ context, value }) =>
    routesOf(value).map((text, alias) => ({ text, alias, context, endpoint: value })),
  );
  return routes
    .sort((a, b) => (sortKey(a.text) < sortKey(b.text) ? -1 : 1))
    .map(({ alias, context, endpoint, text }) => {
      const { method, path, segments } = partsOf(text);
      const { documentedPath, pathNames } = templateOf(segments, named);
      const shape = { method, pathNames };
      const route = { endpoint, context, alias, shape, dialect: dialectOf(path), documented: known.has(text) };
      return { path: documentedPath, route };
    })
    .filter(({ route }) => dialect === undefined || route.dialect.name === dialect);
}

/** By path, then method. */
function sortKey(route: Route): string {
  const { method, path } = partsOf(route);
  return `${path} ${method}`;
}

/** OpenAPI allows one naming of a path's parameters: the first that is met counts for all routes of the same shape. */
function templateOf(
  segments: readonly string[],
  named: Map<string, readonly string[]>,
): { documentedPath: string; pathNames: DescribedRoute['shape']['pathNames'] } {
  const own = segments.filter((segment) => segment.startsWith(':')).map((segment) => segment.replaceAll(/[:+]/g, ''));
  const shape = segments.map((segment) => (segment.startsWith(':') ? ':' : segment)).join('/');
  const documented = named.get(shape) ?? own;
  named.set(shape, documented);
  let next = 0;
  const path = segments.map((segment) => (segment.startsWith(':') ? `{${documented[next++] ?? ''}}` : segment));
  return {
    documentedPath: `/${path.join('/')}`,
    pathNames: own.map((name, index) => ({ own: name, documented: documented[index] ?? name })),
  };
}

/** Tags by context within each dialect, and the groups that viewers show them in. */
function tagsOf(routes: readonly DescribedRoute[]): Json {
  const groups = dialectNames
    .map((name) => ({
      name,
      tags: [...new Set(routes.filter(({ dialect }) => dialect.name === name).map(tagOf))].sort(),
    }))
    .filter(({ tags }) => tags.length > 0);
  return { tags: groups.flatMap(({ tags }) => tags.map((name) => ({ name }))), 'x-tagGroups': groups };
}
