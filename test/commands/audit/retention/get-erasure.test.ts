import { getErasure } from '../../../../commands/audit/retention/get-erasure.ts';
import { subject } from '../../../support/controls/audit-retention.ts';
import { expectRefusal } from '../../../support/performed.ts';

describe('getErasure', () => {
  it('refuses one that nobody asked for', () => expectRefusal([], getErasure, subject, 'ErasureNotFound'));
});
