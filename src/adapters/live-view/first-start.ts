import { randomBytes } from 'node:crypto';
import type { Directory } from '../../kernel/directory.ts';
import type { Answer } from '../../kernel/pipeline/answer.ts';
import type { Pipeline } from '../../kernel/pipeline/pipeline.ts';
import type { RequestInfo } from '../../kernel/ports.ts';
import { platformTenant, systemPrincipal } from '../../kernel/principal.ts';
import type { Registry } from '../../kernel/registry.ts';
import { firstPlans, firstRoles } from './catalogue.ts';

/** The administrator of a new installation. The password is shown once and kept nowhere. */
export interface FirstAdministrator {
  readonly tenant: string;
  readonly email: string;
  readonly password: string;
}

export interface FirstStartOptions {
  readonly registry: Pick<Registry, 'endpoints'>;
  readonly executeAs: Pipeline['executeAs'];
  readonly liveView: Pick<Directory, 'tenant' | 'upToDate' | 'userByEmail'>;
}

const email = 'admin@keyledger.local';

/**
 * Makes what an empty installation needs: plans, roles, the platform's own tenant and its administrator. Several processes may do
 * so at once: each step is one command for all of them, and one alone is told the password. Undefined where all is there.
 *
 * @throws {Error} a step was refused, or a store is away
 */
export async function firstStart(options: FirstStartOptions): Promise<FirstAdministrator | undefined> {
  const { liveView } = options;
  await liveView.upToDate();
  if (liveView.tenant(platformTenant) !== undefined && liveView.userByEmail(email) !== undefined) return undefined;
  const ask = asking(options);
  const steps = [
    ...firstPlans.map((plan) => ask('tenancy.definePlan', `plan/${plan.plan}`, plan)),
    ...firstRoles.map((role) => ask('identity.defineRole', `role/${role.role}`, { ...role, shared: true })),
    ask('tenancy.foundPlatform', 'platform', { plan: 'enterprise' }),
  ];
  for (const answer of await Promise.all(steps)) insist(answer, ['RoleNameUsed']);
  const password = randomBytes(18).toString('base64url');
  const input = { email, name: 'Administrator', password, roles: ['owner'] };
  const registered = await ask('identity.registerUser', 'administrator', input);
  insist(registered, ['EmailTaken', 'IdempotencyKeyReused']);
  await liveView.upToDate();
  return registered.rejection === undefined ? { tenant: platformTenant, email, password } : undefined;
}

type Ask = (endpoint: string, step: string, input: Readonly<Record<string, unknown>>) => Promise<Answer>;

function asking({ executeAs, registry }: FirstStartOptions): Ask {
  const principal = systemPrincipal(platformTenant, 'first-start');
  return async (name, step, input) => {
    const found = registry.endpoints.find(({ value }) => value.name === name);
    if (found === undefined) throw new Error(`The first start needs the endpoint ${name}.`);
    return executeAs(found.value, input, principal, infoOf(step));
  };
}

/** The same key in every process, so that a step is one command however many ask for it. */
function infoOf(step: string): RequestInfo {
  return {
    requestId: `first-start/${step}`,
    idempotencyKey: `first-start/${step}`,
    sourceAddress: undefined,
    userAgent: undefined,
    traceparent: undefined,
    waitFor: undefined,
    causationId: undefined,
    correlationId: undefined,
  };
}

function insist({ rejection }: Answer, accepted: readonly string[]): void {
  if (rejection === undefined || accepted.includes(rejection.code)) return;
  throw new Error(`The first start could not go on: ${rejection.code}. ${rejection.detail ?? ''}`);
}
