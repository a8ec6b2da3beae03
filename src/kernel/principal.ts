import type { Actor } from './aggregate.ts';

/** Who calls, as the credential says. Nothing here ever comes from a body, a query string or a forwarded header. */
export interface Principal {
  readonly tenant: string;
  readonly actor: Actor;
  /** Permission strings; `*` alone grants all, `kms.*` all that start with `kms.`, `*.read` all that end in `.read` */
  readonly permissions: readonly string[];
  /** The session or token the credential belongs to, for revocation. */
  readonly credentialId: string | undefined;
}

/** An account that somebody claimed to be, and was not shown to be. */
export interface Accused {
  readonly tenant: string;
  readonly userId: string;
}

/** The tenant that owns the installation itself: operators, plans and tenants live here. */
export const platformTenant = 'platform';

/** The kernel's own hand: reactions, schedules and first start act as it. */
export function systemPrincipal(tenant: string, part: string): Principal {
  return { tenant, actor: { type: 'system', id: part }, permissions: ['*'], credentialId: undefined };
}

/** Whether `granted` covers `wanted`; `ctx.*` covers everything below it, `*.read` everything that ends so. */
export function permits(granted: readonly string[], wanted: string): boolean {
  return granted.some(
    (permission) =>
      permission === '*' ||
      permission === wanted ||
      (permission.endsWith('.*') && wanted.startsWith(permission.slice(0, -1))) ||
      (permission.startsWith('*.') && wanted.endsWith(permission.slice(1))),
  );
}
