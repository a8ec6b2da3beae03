import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { createLogger } from '../../src/adapters/telemetry/logger.ts';
import { createMetrics, type ExposedMetrics } from '../../src/adapters/telemetry/metrics.ts';
import type { Listening } from '../../src/http/listen.ts';
import type { ReadinessCheck } from '../../src/http/probes.ts';
import { createHttpServer } from '../../src/http/server.ts';
import type { EventLog } from '../../src/kernel/log.ts';
import type { Gates } from '../../src/kernel/ports.ts';
import { openGates, stillClock, testPipeline } from '../support/pipeline.ts';
import { sharedStores } from '../support/stores.ts';
import { notesRegistry } from './notes.ts';

export interface Surface {
  readonly server: Listening;
  readonly metrics: ExposedMetrics;
  readonly log: EventLog;
  /** Lines of the log so far. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

export interface SurfaceOptions {
  readonly gates?: Partial<Gates>;
  readonly trustedProxies?: readonly string[];
  readonly readiness?: readonly ReadinessCheck[];
  readonly publicUrl?: string;
}

/** The HTTP surface over a real log, on a free port. */
export async function startSurface(options: SurfaceOptions = {}): Promise<Surface> {
  const { url } = await sharedStores().eventNode();
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', format: 'json', write: (line) => lines.push(line) });
  const metrics = createMetrics();
  const clock = stillClock();
  const { close, log, pipeline } = testPipeline(url, {
    clock,
    gates: { ...openGates, ...options.gates },
    readModels: { run: async () => [{ id: 'a' }, { id: 'b' }, { id: 'c' }], waitFor: async () => true },
    cursors: {
      encode: (_binding, key) => `after-${String(key[0])}`,
      decode: () => undefined,
      encodeInteger: (_binding, key) => key,
      decodeInteger: () => undefined,
    },
    onBug: (error, call) => logger.error({ error, ...call }, 'A bug.'),
  });
  const { listen } = createHttpServer({
    registry: notesRegistry,
    execute: pipeline.execute,
    telemetry: { log: logger, metrics },
    metrics,
    readiness: async () => options.readiness ?? [{ name: 'log', ready: true }],
    trustedProxies: options.trustedProxies ?? [],
    publicUrl: options.publicUrl,
    version: '1.2.3',
    clock,
  });
  const server = await listen(0, '127.0.0.1');
  return {
    server,
    metrics,
    log,
    lines,
    close: async () => {
      await server.close();
      await close();
    },
  };
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Asking {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as JSON, or as it is where it is text or bytes. */
  readonly body?: unknown;
  /** Null: nobody. */
  readonly token?: string | null;
}

/** Token of a user who may do everything. */
export const anyone = 'acme/ann/*';

/** Sends one request on a connection of its own. */
export function ask(base: string, route: string, asking: Asking = {}): Promise<Answered> {
  const [method = 'GET', path = '/'] = route.split(' ');
  const { body, token = anyone } = asking;
  const raw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(raw === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(raw) }),
    ...asking.headers,
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest(base + path, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers['content-type']?.startsWith('application/json') === true && text !== '';
        const parsed = isJson ? (JSON.parse(text) as Answered['body']) : {};
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed });
      });
    });
    request.once('error', reject);
    request.end(raw);
  });
}

/** Writes bytes to the server and gives back all it answers until it ends the connection. */
export function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
  });
}
