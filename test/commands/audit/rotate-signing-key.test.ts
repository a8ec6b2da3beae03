import { rotateSigningKey } from '../../../commands/audit/rotate-signing-key.ts';
import { SigningKey } from '../../../src/domain/audit/signing-key.ts';
import { given } from '../../support/scenario.ts';

const second = SigningKey.events.Rotated({ version: 2, reason: '' });

describe('rotate signing key', () => {
  it('takes the next version', () => {
    given([]).when(rotateSigningKey, {}).then([second]);
    const third = given([second]).when(rotateSigningKey, { reason: 'yearly' });
    third.then([SigningKey.events.Rotated({ version: 3, reason: 'yearly' })]);
    third.thenAnswered({ version: 3 });
  });
});
