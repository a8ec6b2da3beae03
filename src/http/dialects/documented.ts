import type { Route } from '../../kernel/endpoint.ts';
import type { DialectName } from './dialect.ts';
import { certifycloudsRoutes } from './documented/certifyclouds.ts';
import { qnspRoutes } from './documented/qnsp.ts';
import { qnspShortRoutes } from './documented/qnsp-short.ts';
import { secretBrokerRoutes } from './documented/secret-broker.ts';
import { tenantRegistryRoutes } from './documented/tenant-registry.ts';
import { zeriqRoutes } from './documented/zeriq.ts';

/** The routes that the five documents describe. Each must be served; what else is served are additions. */
export const documentedRoutes: Readonly<Record<DialectName, readonly Route[]>> = {
  qnsp: [...qnspRoutes, ...qnspShortRoutes],
  certifyclouds: certifycloudsRoutes,
  'secret-broker': secretBrokerRoutes,
  'tenant-registry': tenantRegistryRoutes,
  zeriq: zeriqRoutes,
};
