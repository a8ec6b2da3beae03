import { removeRole } from '../../../commands/identity/remove-role.ts';
import { readerDefined, readerRemoved } from '../../support/controls/identity.ts';
import { given } from '../../support/scenario.ts';

describe('remove role', () => {
  it('removes it once', () => {
    given([readerDefined]).when(removeRole, { role: 'reader' }).then([readerRemoved]);
    given([readerDefined, readerRemoved]).when(removeRole, { role: 'reader' }).thenRejected('RoleNotFound');
  });
});
