import type { DialectName } from '../dialects/dialect.ts';
import type { Json } from './schemas.ts';

const statements = { type: 'object', additionalProperties: { type: 'string' } };
const text = { type: 'string' };

function json(description: string, properties: Json, required: readonly string[]): Json {
  return { description, content: { 'application/json': { schema: { type: 'object', properties, required } } } };
}

function probe(operationId: string, summary: string, responses: Json): Json {
  return { get: { operationId, summary, security: [], responses } };
}

const items: readonly (readonly [string, readonly DialectName[], Json])[] = [
  [
    '/healthz',
    ['secret-broker', 'tenant-registry'],
    probe('probes.live', 'Whether the process lives.', { 200: json('It does.', { status: text }, ['status']) }),
  ],
  [
    '/readyz',
    ['secret-broker', 'tenant-registry'],
    probe('probes.ready', 'Whether the process can serve.', {
      200: json('Every check passes.', { status: text, checks: statements }, ['status', 'checks']),
      503: json('A check fails.', { error: text, message: text, failures: statements, checks: statements }, [
        'error',
        'message',
        'failures',
      ]),
    }),
  ],
  [
    '/health',
    ['certifyclouds'],
    probe('probes.health', 'The checks, one by one.', {
      200: json('Healthy.', { status: text, version: text, checks: statements }, ['status', 'checks']),
      503: json('Degraded.', { status: text, version: text, checks: statements }, ['status', 'checks']),
    }),
  ],
  [
    '/metrics',
    ['secret-broker'],
    probe('probes.metrics', 'Measurements for Prometheus, without any tenant.', {
      200: { description: 'The text exposition format.', content: { 'text/plain': { schema: text } } },
    }),
  ],
];

/** What the server answers itself. */
export function probeItems(dialect: DialectName | undefined): readonly (readonly [string, Json])[] {
  return items
    .filter(([, of]) => dialect === undefined || of.includes(dialect))
    .map(([path, , item]) => [path, item] as const);
}
