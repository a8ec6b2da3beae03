import type { Method, Route } from '../kernel/endpoint.ts';
import type { AnyEndpoint } from '../kernel/pipeline/answer.ts';
import type { Registry } from '../kernel/registry.ts';
import { dialectOf } from './dialects/choose.ts';
import type { Dialect } from './dialects/dialect.ts';

/** What stands at a route. */
export interface Mounted {
  readonly endpoint: AnyEndpoint;
  readonly dialect: Dialect;
  /** Names of the path's parameters, in their order. */
  readonly names: readonly string[];
}

export type Lookup =
  | { readonly kind: 'found'; readonly mounted: Mounted; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'other methods'; readonly allow: readonly string[] }
  | { readonly kind: 'none' };

interface Branch {
  readonly fixed: Map<string, Branch>;
  any: Branch | undefined;
  /** Takes all segments that are left, one at least. */
  rest: Branch | undefined;
  readonly methods: Map<Method, Mounted>;
}

interface Match {
  readonly branch: Branch;
  readonly values: readonly string[];
}

const segment = /^(?::[A-Za-z]\w*\+?|[\w.~-]+)$/;

/**
 * All routes as one tree of path segments, `:name+` at the end taking one or more: a look-up costs what the path is long, not what there are routes. A fixed segment wins over a
 * parameter, in whatever order the routes are declared.
 */
export class RouteTable {
  readonly #root = branch();
  readonly #own: ReadonlySet<string>;

  /**
   * @param own paths that the server answers itself, for GET alone
   * @throws {TypeError} a route that is not made of plain segments and `:parameters`, or that is one of `own`
   */
  constructor(registry: Pick<Registry, 'endpoints'>, own: readonly string[] = []) {
    this.#own = new Set(own);
    for (const { value } of registry.endpoints) {
      for (const route of routesOf(value)) this.#mount(route, value);
    }
  }

  /** @param segments decoded, without the leading slash */
  find(method: string, segments: readonly string[]): Lookup {
    const matches = [...walk(this.#root, segments, [])];
    const wanted = (method === 'HEAD' ? 'GET' : method) as Method;
    for (const { branch, values } of matches) {
      const mounted = branch.methods.get(wanted);
      if (mounted === undefined) continue;
      const params = Object.fromEntries(mounted.names.map((name, index) => [name, values[index] ?? '']));
      return { kind: 'found', mounted, params };
    }
    const allow = new Set<string>(matches.flatMap(({ branch }) => [...branch.methods.keys()]));
    if (this.#own.has(`/${segments.join('/')}`)) allow.add('GET');
    if (allow.has('GET')) allow.add('HEAD');
    return allow.size === 0 ? { kind: 'none' } : { kind: 'other methods', allow: [...allow].sort() };
  }

  #mount(route: Route, endpoint: AnyEndpoint): void {
    const { method, path, segments } = partsOf(route);
    if (this.#own.has(path)) throw new TypeError(`${endpoint.name}: ${route} is answered by the HTTP surface itself.`);
    let at = this.#root;
    for (const name of segments) {
      if (!segment.test(name)) throw new TypeError(`${endpoint.name}: ${route} has the segment "${name}"`);
      at = next(at, name);
    }
    const names = segments.filter((name) => name.startsWith(':')).map((name) => name.replaceAll(/[:+]/g, ''));
    at.methods.set(method, { endpoint, dialect: dialectOf(path), names });
  }
}

export function routesOf(endpoint: AnyEndpoint): readonly Route[] {
  return endpoint.route === undefined ? [] : [endpoint.route, ...(endpoint.aliases ?? [])];
}

export function partsOf(route: Route): { method: Method; path: string; segments: readonly string[] } {
  const space = route.indexOf(' ');
  const path = route.slice(space + 1);
  return { method: route.slice(0, space) as Method, path, segments: path.slice(1).split('/') };
}

function branch(): Branch {
  return { fixed: new Map(), any: undefined, rest: undefined, methods: new Map() };
}

function next(at: Branch, name: string): Branch {
  if (name.endsWith('+')) return restOf(at);
  return name.startsWith(':') ? anyOf(at) : fixedOf(at, name);
}

function restOf(at: Branch): Branch {
  at.rest ??= branch();
  return at.rest;
}

function fixedOf(at: Branch, name: string): Branch {
  const next = at.fixed.get(name) ?? branch();
  at.fixed.set(name, next);
  return next;
}

function anyOf(at: Branch): Branch {
  at.any ??= branch();
  return at.any;
}

/** Every end that fits, the one with the earliest fixed segments first. */
function* walk(at: Branch, segments: readonly string[], values: readonly string[]): Generator<Match> {
  const [first, ...rest] = segments;
  if (first === undefined) {
    if (at.methods.size > 0) yield { branch: at, values };
    return;
  }
  const fixed = at.fixed.get(first);
  if (fixed !== undefined) yield* walk(fixed, rest, values);
  if (at.any !== undefined && first !== '') yield* walk(at.any, rest, [...values, first]);
  if (at.rest !== undefined) yield* walk(at.rest, [], [...values, segments.join('/')]);
}
