import { v4 as uuidv4 } from 'uuid';
import { Role } from '../../src/domain/identity/role.ts';
import { Session } from '../../src/domain/identity/session.ts';
import { User } from '../../src/domain/identity/user.ts';
import { Plan } from '../../src/domain/tenancy/plan.ts';
import { Tenant } from '../../src/domain/tenancy/tenant.ts';
import type { EventLog } from '../../src/kernel/log.ts';
import { platformTenant } from '../../src/kernel/principal.ts';
import { write } from './events.ts';

/** A plan with one limited meter. */
export async function somePlan(log: EventLog, plan: string, more: Record<string, unknown> = {}): Promise<void> {
  const terms = {
    plan,
    name: plan,
    monthlyPriceCents: 0,
    entitlements: ['vault.versioned-secrets'],
    quotas: { 'vault.secret_versions': 10 },
    ratePerMinute: 600,
    ...more,
  };
  await write(log, Plan, [Plan.events.Defined(terms)], { tenant: platformTenant, id: plan });
}

/** An active tenant on a plan; its id. */
export async function someTenant(log: EventLog, plan: string, slug: string = uuidv4()): Promise<string> {
  const tenantId = uuidv4();
  const created = Tenant.events.Created({ tenantId, slug, name: slug, plan });
  await write(log, Tenant, [created], { tenant: platformTenant, id: tenantId });
  return tenantId;
}

/** An active user who holds roles; the id. */
export async function someUser(
  log: EventLog,
  tenant: string,
  roles: readonly string[],
  email?: string,
): Promise<string> {
  const userId = uuidv4();
  const registered = User.events.Registered({
    userId,
    email: email ?? `${userId}@example.org`,
    name: 'Somebody',
    roles: [...roles],
    password: { keyId: 'k', sealed: 'AA==' },
    passwordVersion: 1,
  });
  await write(log, User, [registered], { tenant, id: userId });
  return userId;
}

/** A role of the tenant. */
export async function someRole(log: EventLog, tenant: string, role: string, permissions: string[]): Promise<void> {
  const defined = Role.events.Defined({ role, description: '', permissions, shared: false });
  await write(log, Role, [defined], { tenant, id: role });
}

/** An open session that lasts an hour; its id. */
export async function someSession(log: EventLog, tenant: string, userId: string): Promise<string> {
  const sessionId = uuidv4();
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const opened = Session.events.Opened({ sessionId, userId, passwordVersion: 1, expiresAt });
  await write(log, Session, [opened], { tenant, id: sessionId });
  return sessionId;
}
