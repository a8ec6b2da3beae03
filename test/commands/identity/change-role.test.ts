import { changeRole } from '../../../commands/identity/change-role.ts';
import { Role } from '../../../src/domain/identity/role.ts';
import { readerDefined, readerRemoved } from '../../support/controls/identity.ts';
import { given } from '../../support/scenario.ts';

const input = { role: 'reader', permissions: ['vault.secret.read'] };

describe('change role', () => {
  it('changes what it permits, and its description where one is given', () => {
    const changed = given([readerDefined]).when(changeRole, input);
    changed.then([Role.events.Changed({ ...input, description: 'Reads' })]);
    changed.thenAnswered({ ...input, description: 'Reads', shared: false });
  });

  it('finds none that is removed', () => {
    given([readerDefined, readerRemoved]).when(changeRole, input).thenRejected('RoleNotFound');
  });

  it('adds no more than the giver holds, and lets stand what was there', () => {
    const context = { permissions: ['kms.*'] };
    given([readerDefined]).when(changeRole, input, { context }).thenRejected('ExceedsYours');
    const kept = { role: 'reader', permissions: ['*.read', 'kms.key.rotate'] };
    given([readerDefined])
      .when(changeRole, kept, { context })
      .then([Role.events.Changed({ ...kept, description: 'Reads' })]);
  });
});
