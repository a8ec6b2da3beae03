import type { Express, Response } from 'express';
import { send, sendJson } from './respond.ts';

/** One thing this process needs to serve, and whether it is there. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ready: boolean;
  /** What is wrong, in one sentence without secrets. */
  readonly detail?: string;
}

/** Asks every check; must answer within seconds. */
export type Readiness = () => Promise<readonly ReadinessCheck[]>;

export interface ProbeOptions {
  readonly readiness: Readiness;
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
  readonly version: string;
  readonly draining: () => boolean;
}

/** Paths this server answers itself, of which no endpoint may be. */
export const probePaths = ['/healthz', '/readyz', '/health', '/metrics'] as const;

/** Liveness, readiness and metrics: for whoever watches the process, without a credential and without a tenant's data. */
export function mountProbes(app: Express, options: ProbeOptions): void {
  app.get('/healthz', (_request, response) => sendJson(response, { status: 'ok' }));
  app.get('/readyz', async (_request, response) => sendReadiness(response, await checksOf(options)));
  app.get('/health', async (_request, response) => sendHealth(response, await checksOf(options), options.version));
  app.get('/metrics', async (_request, response) => {
    send(response, options.metrics.contentType, Buffer.from(await options.metrics.text()));
  });
}

async function checksOf({ draining, readiness }: ProbeOptions): Promise<readonly ReadinessCheck[]> {
  if (draining()) return [{ name: 'server', ready: false, detail: 'is ending' }];
  try {
    return await readiness();
  } catch {
    return [{ name: 'server', ready: false, detail: 'could not ask its checks' }];
  }
}

/** What each check says: `ok`, or what is wrong. */
function statements(checks: readonly ReadinessCheck[]): Readonly<Record<string, string>> {
  return Object.fromEntries(checks.map(({ detail, name, ready }) => [name, ready ? 'ok' : (detail ?? 'is not ready')]));
}

function sendReadiness(response: Response, checks: readonly ReadinessCheck[]): void {
  const failing = checks.filter(({ ready }) => !ready);
  if (failing.length === 0) {
    sendJson(response, { status: 'ready', checks: statements(checks) });
    return;
  }
  const message = `Not ready: ${failing.map(({ name }) => name).join(', ')}.`;
  response.status(503).setHeader('Retry-After', 1);
  const failures = statements(failing);
  sendJson(response, { status: 'unready', error: 'not_ready', message, failures, checks: statements(checks) });
}

function sendHealth(response: Response, checks: readonly ReadinessCheck[], version: string): void {
  const healthy = checks.every(({ ready }) => ready);
  response.status(healthy ? 200 : 503);
  sendJson(response, { status: healthy ? 'healthy' : 'degraded', version, checks: statements(checks) });
}
