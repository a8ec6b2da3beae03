import type { Sealed } from './ports.ts';

/**
 * Milliseconds for which a process may go on using what it last proved to be the head of the log about identity and tenancy. A
 * revocation is acknowledged once this has passed since it was durable.
 */
export const revocationLeaseMs = 1_000;

/** What the live view of identity and tenancy knows, without asking a store. */
export interface Directory {
  /** A user by e-mail address, over all tenants. */
  userByEmail(email: string): DirectoryUser | undefined;
  user(tenant: string, userId: string): DirectoryUser | undefined;
  tenant(id: string): DirectoryTenant | undefined;
  tenantBySlug(slug: string): DirectoryTenant | undefined;
  /** A role of the tenant, or one the platform defines for all. */
  role(tenant: string, name: string): DirectoryRole | undefined;
  plan(id: string): DirectoryPlan | undefined;
  addOn(id: string): DirectoryAddOn | undefined;
  /**
   * Somebody else's account to check a password against when the address is unknown, so that both take the same work. The same
   * one for the same address.
   */
  standIn(email: string): DirectoryUser | undefined;
  /** Resolves when everything has been seen that was on the log at the time of the call. @throws {StoreUnavailable} */
  upToDate(): Promise<void>;
}

export interface DirectoryUser {
  readonly tenant: string;
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly status: 'active' | 'locked' | 'removed';
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  /** Sealed argon2id hash. */
  readonly password: Sealed | undefined;
  readonly passwordVersion: number;
}

export interface DirectoryRole {
  readonly name: string;
  readonly permissions: readonly string[];
}

export interface DirectoryPlan {
  readonly plan: string;
  readonly name: string;
  readonly monthlyPriceCents: number;
  readonly entitlements: readonly string[];
  readonly quotas: Readonly<Record<string, number>>;
  readonly ratePerMinute: number;
}

export interface DirectoryAddOn {
  readonly addOn: string;
  readonly name: string;
  readonly entitlements: readonly string[];
  readonly quotas: Readonly<Record<string, number>>;
}

export interface DirectoryTenant {
  readonly id: string;
  readonly slug: string;
  readonly status: string;
  readonly plan: string;
  readonly addOns: readonly string[];
  /** Requests a minute of each of its callers. */
  readonly ratePerMinute: number;
  readonly entitlements: readonly string[];
  /** Units a calendar month by meter; a meter that is absent is unlimited. */
  readonly quotas: Readonly<Record<string, number>>;
}
