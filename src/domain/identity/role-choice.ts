import type { Directory } from '../../kernel/directory.ts';
import type { Context } from '../../kernel/endpoint.ts';
import { permits } from '../../kernel/principal.ts';
import { type Rejection, reject } from '../../kernel/rejection.ts';

/** What stands against giving somebody some roles: names nobody defined, and permissions the giver lacks. */
export interface RoleChoice {
  readonly unknown: readonly string[];
  readonly exceeding: readonly string[];
}

/** Nobody gives away more than they hold. */
export function exceeding(
  permissions: readonly string[],
  { permissions: own }: Pick<Context, 'permissions'>,
): string[] {
  return permissions.filter((permission) => !permits(own, permission));
}

export function chooseRoles(
  directory: Directory,
  roles: readonly string[],
  giver: Pick<Context, 'permissions' | 'tenant'>,
): RoleChoice {
  const found = roles.map((name) => ({ name, role: directory.role(giver.tenant, name) }));
  const wanted = found.flatMap(({ role }) => role?.permissions ?? []);
  return {
    unknown: found.filter(({ role }) => role === undefined).map(({ name }) => name),
    exceeding: exceeding(wanted, giver),
  };
}

export function refuseRoles(choice: RoleChoice): Rejection<'RoleUnknown' | 'ExceedsYours'> | undefined {
  if (choice.unknown.length > 0) return reject('RoleUnknown', `No role is named ${choice.unknown.join(', ')}.`);
  return refuseExcess(choice.exceeding);
}

export function refuseExcess(permissions: readonly string[]): Rejection<'ExceedsYours'> | undefined {
  if (permissions.length === 0) return undefined;
  return reject('ExceedsYours', `You do not hold ${permissions.join(', ')} yourself.`);
}
