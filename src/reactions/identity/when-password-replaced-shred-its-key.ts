import { User } from '../../domain/identity/user.ts';
import { job, reaction } from '../../kernel/reaction.ts';
import { when } from '../../kernel/when.ts';

const shred = (keyId: string | undefined) =>
  keyId === undefined ? [] : [job('identity.shred-password-key', { keyId })];

/** A hash nobody needs any more is not left for somebody to guess at. */
export const whenPasswordReplacedShredItsKey = reaction({
  name: 'when-password-replaced-shred-its-key',
  on: when(User, {
    PasswordChanged: ({ replacedKeyId }) => shred(replacedKeyId),
    Removed: ({ passwordKeyId }) => shred(passwordKeyId),
  }),
});
