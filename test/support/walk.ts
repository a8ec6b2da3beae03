import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { AnyEndpoint } from '../../src/kernel/pipeline/answer.ts';
import type { Registry } from '../../src/kernel/registry.ts';
import type { Client, Reply } from './instance.ts';

/** A routed endpoint with a valid request of it. */
export interface Stop {
  readonly endpoint: AnyEndpoint;
  readonly example: Readonly<Record<string, unknown>>;
}

/**
 * Every routed endpoint, with the example that `test/support/controls/<ctx>.ts` holds for it. An endpoint whose input has no
 * required field needs none.
 */
export async function stopsOf(registry: Registry): Promise<readonly Stop[]> {
  const examples = await allExamples();
  return registry.endpoints
    .map(({ value }) => value)
    .filter(({ route }) => route !== undefined)
    .map((endpoint) => ({ endpoint, example: examples[endpoint.name] ?? {} }));
}

async function allExamples(): Promise<Readonly<Record<string, Record<string, unknown>>>> {
  const folder = new URL('./controls/', import.meta.url);
  const files = (await readdir(fileURLToPath(folder))).filter((name) => /\.(js|ts)$/.test(name));
  const modules = await Promise.all(files.map((name) => import(new URL(name, folder).href)));
  return Object.assign({}, ...modules.map((module: { examples?: object }) => module.examples ?? {}));
}

/** Sends the example, with what differs, the way its route wants it: path, query string or body. */
export function send(
  client: Client,
  { endpoint, example }: Stop,
  other: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const [method = '', pattern = ''] = (endpoint.route ?? '').split(' ');
  const rest: Record<string, unknown> = { ...example, ...other };
  const path = pattern.replaceAll(/:(\w+)\+?/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(String(value));
  });
  if (method !== 'GET' && method !== 'DELETE') return client(method, path, rest, headers);
  const query = new URLSearchParams(rest as Record<string, string>).toString();
  return client(method, query === '' ? path : `${path}?${query}`, undefined, headers);
}
