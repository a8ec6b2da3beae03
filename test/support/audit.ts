import { randomUUID } from 'node:crypto';
import type { Client, Instance, Reply } from './instance.ts';

const password = 'a password for the audit';

/** A tenant of its own with its owner. */
export interface Tenancy {
  readonly id: string;
  readonly owner: Client;
  /** The owner's token. */
  readonly token: string;
  /** Registers somebody with some permissions, and logs in. */
  somebody(...permissions: readonly string[]): Promise<Client>;
}

/** Creates a tenant with an owner. */
export async function newTenant({ admin, client, login }: Instance): Promise<Tenancy> {
  const name = `t${randomUUID().slice(0, 8)}`;
  const made = await sure(admin('POST', '/tenant/v1/tenants', { slug: name, name, plan: 'enterprise' }));
  const id = String(made.body['tenantId']);
  const email = `owner@${name}.example`;
  await sure(admin('POST', `/tenant/v1/tenants/${id}/users`, { email, name, password, roles: ['owner'] }));
  const token = String((await sure(client()('POST', '/auth/login', { email, password }))).body['accessToken']);
  const owner = client(token);
  let people = 0;
  return {
    id,
    owner,
    token,
    somebody: async (...permissions) => {
      const role = `r${++people}`;
      const other = `${role}@${name}.example`;
      if (permissions.length > 0) await sure(owner('POST', '/auth/v1/roles', { role, description: role, permissions }));
      const roles = permissions.length > 0 ? [role] : [];
      await sure(owner('POST', '/auth/v1/users', { email: other, name: role, password, roles }));
      return login(other, password);
    },
  };
}

/** A reply that must be a success. */
export async function sure(asked: Promise<Reply>): Promise<Reply> {
  const reply = await asked;
  if (reply.status >= 300) throw new Error(`answered ${reply.status}: ${JSON.stringify(reply.body)}`);
  return reply;
}

/** Headers of a read that must see what a reply has written. */
export function seeing({ position }: Reply): Readonly<Record<string, string>> {
  return position === undefined ? {} : { 'x-wait-for-position': position };
}
