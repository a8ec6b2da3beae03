import { defineRole } from '../../../commands/identity/define-role.ts';
import { Role } from '../../../src/domain/identity/role.ts';
import { platformTenant } from '../../../src/kernel/principal.ts';
import { readerDefined, readerRemoved } from '../../support/controls/identity.ts';
import { given } from '../../support/scenario.ts';

const input = { role: 'reader', description: 'Reads', permissions: ['*.read', '*.read'] };

describe('define role', () => {
  it('defines it', () => {
    const defined = given([]).when(defineRole, input);
    defined.then([readerDefined]);
    defined.thenAnswered({ ...input, permissions: ['*.read'], shared: false });
  });

  it('uses no name twice, not even that of a removed role, which its holders would have again', () => {
    given([readerDefined]).when(defineRole, input).thenRejected('RoleNameUsed');
    given([readerDefined, readerRemoved]).when(defineRole, input).thenRejected('RoleNameUsed');
  });

  it('gives away no more than the giver holds', () => {
    const context = { permissions: ['vault.*', 'identity.role.define'] };
    given([]).when(defineRole, input, { context }).thenRejected('ExceedsYours');
    const less = { ...input, permissions: ['vault.secret.read', 'vault.secret.*'] };
    const { description, role } = input;
    given([])
      .when(defineRole, less, { context })
      .then([Role.events.Defined({ role, description, permissions: less.permissions, shared: false })]);
  });

  it('lets the platform alone share a role with every tenant', () => {
    const shared = { ...input, shared: true };
    given([]).when(defineRole, shared).thenRejected('NotThePlatform');
    given([])
      .when(defineRole, shared, { context: { tenant: platformTenant } })
      .then([Role.events.Defined({ ...readerDefined.data, shared: true })]);
  });
});
