import { expect } from 'chai';
import { lockUser } from '../../../commands/identity/lock-user.ts';
import { removeUser } from '../../../commands/identity/remove-user.ts';
import { unlockUser } from '../../../commands/identity/unlock-user.ts';
import { identityRoles } from '../../../projections/identity/identity-roles.ts';
import { identityUsers } from '../../../projections/identity/identity-users.ts';
import { getMe } from '../../../queries/identity/get-me.ts';
import { getUser } from '../../../queries/identity/get-user.ts';
import { listRoles } from '../../../queries/identity/list-roles.ts';
import { listUsers } from '../../../queries/identity/list-users.ts';
import { Role } from '../../../src/domain/identity/role.ts';
import { User } from '../../../src/domain/identity/user.ts';
import { bob, bobRegistered, carol, readerDefined } from '../../support/controls/identity.ts';
import { write } from '../../support/events.ts';
import { type Stack, startStack } from '../../support/stack.ts';

const at = '2026-01-01T00:00:00.000Z';

describe('accounts and roles, as read', () => {
  let stack: Stack;
  const shown = { userId: bob, email: 'bob@example.org', name: 'Bob', registeredAt: at };

  before(async () => {
    stack = await startStack({ projections: [identityUsers, identityRoles] });
    const { log, tenant } = stack;
    await write(log, User, [bobRegistered], { tenant, id: bob, at });
    const registered = { ...bobRegistered.data, userId: carol, email: 'carol@example.org', name: 'Carol' };
    await write(log, User, [User.events.Registered(registered)], { tenant, id: carol, at });
    await write(log, Role, [readerDefined], { tenant, id: 'reader', at });
    await write(log, Role, [Role.events.Defined({ ...readerDefined.data, role: 'gone' })], { tenant, id: 'gone', at });
    await write(log, Role, [Role.events.Removed({ role: 'gone' })], { tenant, id: 'gone', at });
    const granted = [
      User.events.RoleGranted({ userId: carol, role: 'operator' }),
      User.events.RoleRevoked({ userId: carol, role: 'reader' }),
    ];
    await write(log, User, granted, { tenant, id: carol, at });
  });

  after(() => stack.close());

  it('follow each change', async () => {
    const read = async (): Promise<unknown> => (await stack.ask(getUser, { userId: bob })).body;
    await stack.ask(lockUser, { userId: bob });
    expect(await read()).to.deep.equal({ ...shown, status: 'locked', roles: ['reader'], changedAt: at });
    await stack.ask(unlockUser, { userId: bob });
    expect(await read()).to.deep.include({ status: 'active' });
  });

  it('are listed by address, page by page', async () => {
    const first = (await stack.ask(listUsers, { limit: 1 })).body as { users: { email: string }[]; nextCursor: string };
    expect(first.users.map(({ email }) => email)).to.deep.equal(['bob@example.org']);
    const { body } = await stack.ask(listUsers, { limit: 1, cursor: first.nextCursor });
    expect(body).to.have.nested.property('users[0].roles').that.deep.equals(['operator']);
    expect(body).not.to.have.property('nextCursor');
    expect((await stack.ask(listRoles, {})).body).to.deep.equal({ roles: [readerDefined.data] });
  });

  it('tell the caller who they are', async () => {
    const { body } = await stack.ask(getMe, {}, { user: carol, permissions: ['kms.*'] });
    expect(body).to.deep.include({
      userId: carol,
      tenantId: stack.tenant,
      permissions: ['kms.*'],
      roles: ['operator'],
    });
    const { rejection } = await stack.ask(getMe, {}, { user: 'service' });
    expect(rejection?.code).to.equal('UserNotFound');
  });

  it('are none of another tenant’s', async () => {
    const elsewhere = { tenant: 'other' };
    expect((await stack.ask(getUser, { userId: bob }, elsewhere)).rejection?.code).to.equal('UserNotFound');
    expect((await stack.ask(listUsers, {}, elsewhere)).body).to.deep.equal({ users: [] });
  });

  it('keep a removed account’s name, and no role', async () => {
    await stack.ask(removeUser, { userId: bob });
    const { body } = await stack.ask(getUser, { userId: bob });
    expect(body).to.deep.equal({ ...shown, status: 'removed', roles: [], changedAt: at });
    expect((await stack.ask(listUsers, { status: 'removed' })).body).to.have.nested.property('users[0].userId', bob);
  });
});
