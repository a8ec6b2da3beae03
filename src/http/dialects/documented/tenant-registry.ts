import type { Route } from '../../../kernel/endpoint.ts';

/** Every route the tenant-registry document describes. */
export const tenantRegistryRoutes: readonly Route[] = [
  'GET /healthz',
  'GET /readyz',
  'POST /v1/tenants',
  'GET /v1/tenants/:id',
  'GET /v1/tenants/by-slug/:slug',
  'POST /v1/tenants/:id/activate',
  'POST /v1/tenants/:id/cancel',
  'GET /v1/entitlements',
  'GET /v1/catalog',
  'POST /v1/catalog/request',
  'POST /v1/catalog/trial-request',
  'GET /v1/api-keys',
  'POST /v1/api-keys',
  'DELETE /v1/api-keys/:id',
  'POST /v1/internal/api-keys/verify',
  'POST /v1/audit',
  'GET /v1/audit',
];
