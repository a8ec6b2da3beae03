import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Executor } from '../kernel/pipeline/answer.ts';
import { refusal } from '../kernel/pipeline/gatekeeper.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Registry } from '../kernel/registry.ts';
import type { Telemetry } from '../kernel/telemetry.ts';
import { dialectOf } from './dialects/choose.ts';
import { docsPaths, mountDocs } from './docs.ts';
import { type Listening, listen } from './listen.ts';
import { mountProbes, type ProbeOptions, probePaths } from './probes.ts';
import { respond } from './respond.ts';
import { RouteTable } from './route-table.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { serveEndpoint } from './serve-endpoint.ts';

export interface HttpServerOptions extends Pick<ProbeOptions, 'metrics' | 'readiness' | 'version'> {
  readonly registry: Pick<Registry, 'endpoints'>;
  readonly execute: Executor;
  readonly telemetry: Telemetry;
  /** Addresses, ranges or `loopback`, `linklocal`, `uniquelocal`: who may say what address a request came from. */
  readonly trustedProxies: readonly string[];
  /** Where clients reach this server, for the OpenAPI document. */
  readonly publicUrl: string | undefined;
  /** The system's clock where absent. */
  readonly clock?: Clock;
}

export interface HttpServer {
  readonly app: Express;
  listen(port: number, host: string): Promise<Listening>;
}

/**
 * The HTTP surface of every endpoint that has a route.
 *
 * @throws {TypeError} an endpoint has a route that cannot be mounted
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const clock = options.clock ?? { now: Date.now };
  let draining = false;
  const serving = {
    routes: new RouteTable(options.registry, [...probePaths, ...docsPaths]),
    execute: options.execute,
    telemetry: options.telemetry,
    clock,
    draining: () => draining,
  };
  const app = express();
  app.disable('x-powered-by').disable('etag').disable('query parser');
  app.set('trust proxy', [...options.trustedProxies]);
  app.use((_request, response, next) => {
    setSecurityHeaders(response, options.publicUrl);
    next();
  });
  mountProbes(app, { ...options, draining: serving.draining });
  mountDocs(app, options);
  app.use((request, response) => serveEndpoint(serving, request, response));
  app.use(lastResort(options.telemetry, clock));
  const onDrain = (): void => {
    draining = true;
  };
  return { app, listen: (port, host) => listen(app, { port, host }, { clock, onDrain }) };
}

/** A bug, or a connection that went away. The answer says nothing of it, the log does. */
function lastResort({ log }: Telemetry, clock: Clock): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (response.destroyed || request.socket.destroyed) return;
    const requestId = String(response.getHeader('X-Request-Id') ?? '');
    log.error({ error, requestId }, 'A request failed in the HTTP surface.');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const answer = refusal(500, 'InternalError', 'Something went wrong here; the request id names it in the logs.');
    const reply = {
      dialect: dialectOf(request.path),
      requestId,
      now: clock.now(),
      credentialGiven: false,
      close: true,
    };
    void respond(response, answer, reply).catch(() => response.destroy());
  };
}
