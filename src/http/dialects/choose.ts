import { certifyclouds } from './certifyclouds.ts';
import type { Dialect } from './dialect.ts';
import { qnsp } from './qnsp.ts';
import { secretBroker } from './secret-broker.ts';
import { tenantRegistry } from './tenant-registry.ts';
import { zeriq } from './zeriq.ts';

/** Where each dialect lives: the first prefix of whole segments that fits decides, for documented routes and for additions alike. */
const prefixes: readonly (readonly [string, Dialect])[] = [
  ['/api/v1', secretBroker],
  ...['overview', 'ledger', 'payouts', 'admin', 'settlement', 'disputes', 'settings/api-tokens', 'developer'].map(
    (prefix) => [`/api/${prefix}`, zeriq] as const,
  ),
  ['/api', certifyclouds],
  ['/health', certifyclouds],
  ...['tenants', 'entitlements', 'catalog', 'api-keys', 'internal', 'audit'].map(
    (prefix) => [`/v1/${prefix}`, tenantRegistry] as const,
  ),
  ...['/healthz', '/readyz'].map((prefix) => [prefix, tenantRegistry] as const),
  ['/metrics', secretBroker],
];

/** The dialect a path is answered in; qnsp's where no other claims it. */
export function dialectOf(path: string): Dialect {
  return prefixes.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`))?.[1] ?? qnsp;
}

export const dialects: readonly Dialect[] = [qnsp, certifyclouds, secretBroker, tenantRegistry, zeriq];
