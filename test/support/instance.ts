import type { StoreUrls } from '../../src/app/parts.ts';
import { type App, startApp } from '../../src/app/start.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { sharedStores } from './stores.ts';

/** A whole Keyledger on stores of its own, reached over HTTP as any client reaches it. */
export interface Instance {
  readonly app: App;
  readonly url: string;
  readonly config: Config;
  readonly stores: StoreUrls;
  /** The administrator of the platform tenant. */
  readonly admin: Client;
  /** A client with another token, or with none. */
  client(token?: string): Client;
  /** Logs in. */
  login(email: string, password: string): Promise<Client>;
  stop(): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
  /** The body as it came. */
  readonly bytes: Buffer;
  readonly headers: Headers;
  /** Commit position of what the request wrote. */
  readonly position: string | undefined;
}

export type Client = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Reply>;

/** Starts an instance; another on the same stores when given those. */
export async function startInstance(
  on: { readonly stores?: StoreUrls; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Instance> {
  const shared = sharedStores();
  const config = loadConfig({
    KEYLEDGER_DATA_DIR: shared.scratch('instance'),
    LOG_LEVEL: 'silent',
    ...on.env,
  });
  const stores = on.stores ?? (await freshStores());
  const app = await startApp({ config, stores, port: 0 });
  const url = app.url ?? '';
  const login = (email: string, password: string): Promise<Client> => loginAt(url, email, password);
  const { firstStart } = app;
  const admin = firstStart === undefined ? clientOf(url) : await login(firstStart.email, firstStart.password);
  return { app, url, config, stores, admin, client: (token) => clientOf(url, token), login, stop: () => app.stop() };
}

/** An event log, a database and a Redis database that nobody else uses. */
export async function freshStores(): Promise<StoreUrls> {
  const shared = sharedStores();
  const node = await shared.freshEventNode();
  const { ownerUrl, url } = await shared.freshDatabase();
  return { eventStoreUrl: node.url, databaseUrl: url, databaseOwnerUrl: ownerUrl, redisUrl: await shared.redisUrl() };
}

/** Logs in and answers with a client that carries the token. */
export async function loginAt(url: string, email: string, password: string): Promise<Client> {
  const { body, status } = await clientOf(url)('POST', '/auth/login', { email, password });
  if (status !== 200) throw new Error(`login of ${email} answered ${status}: ${JSON.stringify(body)}`);
  return clientOf(url, String(body['accessToken']));
}

/** A client with a token, or with none. */
export function clientOf(url: string, token?: string): Client {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString('utf8');
    const isJson = text.startsWith('{') && !response.headers.get('content-type')?.includes('ndjson');
    return {
      status: response.status,
      body: isJson ? (JSON.parse(text) as Record<string, unknown>) : { text },
      bytes,
      headers: response.headers,
      position: response.headers.get('x-log-position') ?? undefined,
    };
  };
}
