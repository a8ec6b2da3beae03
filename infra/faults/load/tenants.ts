import { randomUUID } from 'node:crypto';
import { meter } from '../checker/facts.ts';
import { insist, type Send } from './api.ts';

/** Somebody who may do anything in a tenant. */
export interface Somebody {
  readonly tenant: string;
  token(): Promise<string>;
  /** Logs in again, where a token is not accepted any more. */
  renew(): void;
}

export interface NewTenant {
  /** Units a month of what the load writes; none where absent. */
  readonly limit?: number;
  /** Where its events about secrets go; nowhere where absent. */
  readonly receiver?: string;
}

const password = 'a password for the load';
const plan = 'load';

/** A login from an address of its own: how often one source may log in is not what is looked at here. */
const elsewhere = (): Readonly<Record<string, string>> => ({
  'x-forwarded-for': `10.${[0, 0, 0].map(() => Math.floor(Math.random() * 255)).join('.')}`,
});

/** The administrator of the platform, who makes tenants. */
export function administrator(send: Send, { email, password: secret }: { email: string; password: string }): Somebody {
  return loggedIn(send, 'platform', { email, password: secret });
}

/** Defines the plan of all tenants of the load: everything, as often as they like. */
export async function definePlan(send: Send, admin: Somebody): Promise<void> {
  const terms = { name: plan, monthlyPriceCents: 0, entitlements: ['*'], quotas: {}, ratePerMinute: 1_000_000 };
  await insist(send, 'PUT', `/tenant/v1/plans/${plan}`, terms, await bearer(admin));
}

/** Makes a tenant with its owner. */
export async function newTenant(send: Send, admin: Somebody, { limit, receiver }: NewTenant): Promise<Somebody> {
  const headers = await bearer(admin);
  const slug = `t${randomUUID().slice(0, 12)}`;
  const made = await insist(send, 'POST', '/tenant/v1/tenants', { slug, name: slug, plan }, headers);
  const tenant = String(made.body['tenantId']);
  const email = `owner@${slug}.example`;
  const owner = { email, name: slug, password, roles: ['owner'] };
  await insist(send, 'POST', `/tenant/v1/tenants/${tenant}/users`, owner, headers);
  if (limit !== undefined)
    await insist(send, 'PUT', `/tenant/v1/tenants/${tenant}/quotas/${meter}`, { units: limit }, headers);
  const somebody = loggedIn(send, tenant, { email, password });
  if (receiver !== undefined) {
    const subscription = {
      name: 'the receiver',
      filters: { eventTypes: ['vault.Secret.*'] },
      destination: { type: 'webhook', config: { url: `${receiver}/${tenant}` } },
    };
    await insist(send, 'POST', '/audit/v1/streaming/subscriptions', subscription, await bearer(somebody));
  }
  return somebody;
}

export async function bearer(somebody: Somebody): Promise<Readonly<Record<string, string>>> {
  return { authorization: `Bearer ${await somebody.token()}` };
}

function loggedIn(send: Send, tenant: string, credentials: { email: string; password: string }): Somebody {
  let token: Promise<string> | undefined;
  const login = async (): Promise<string> => {
    const { body } = await insist(send, 'POST', '/auth/login', credentials, elsewhere());
    return String(body['accessToken']);
  };
  return {
    tenant,
    token: () => {
      token ??= login();
      return token;
    },
    renew: () => {
      token = undefined;
    },
  };
}
