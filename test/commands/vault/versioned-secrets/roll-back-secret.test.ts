import { rollBackSecret } from '../../../../commands/vault/versioned-secrets/roll-back-secret.ts';
import { Secret } from '../../../../src/domain/vault/versioned-secrets/secret.ts';
import { deprecated, destroyed, keyOf, sealedAs, secretId, versions } from '../../../support/controls/vault.ts';
import { given } from '../../../support/scenario.ts';

const input = { secretId, targetVersion: 1, reason: 'it broke' };
const prepared = { prepared: sealedAs(keyOf(4)) };

describe('rollBackSecret', () => {
  it('adds the old value as a new version', () => {
    given(versions(3))
      .when(rollBackSecret, input, prepared)
      .then([
        Secret.events.VersionAdded({
          secretId,
          version: 4,
          ...sealedAs(keyOf(4)),
          metadata: { reason: 'it broke' },
          origin: { kind: 'rollback', from: 3, to: 1 },
        }),
      ]);
  });

  it('answers from where to where', () => {
    given(versions(3))
      .when(rollBackSecret, input, prepared)
      .thenAnswered({ secretId, newVersion: 4, rolledBackFrom: 3, rolledBackTo: 1 });
  });

  it('goes back to a deprecated version, and from a destroyed one', () => {
    given([...versions(3), deprecated(1), destroyed(3)])
      .when(rollBackSecret, input, prepared)
      .thenAnswered({ secretId, newVersion: 4, rolledBackFrom: 3, rolledBackTo: 1 });
  });

  it('refuses a secret that is not there', () => {
    given([]).when(rollBackSecret, input).thenRejected('SecretNotFound');
  });

  it('refuses a version that is not there', () => {
    given(versions(3)).when(rollBackSecret, { secretId, targetVersion: 4 }).thenRejected('VersionNotFound');
  });

  it('refuses a version whose value is gone', () => {
    given([...versions(3), destroyed(1)])
      .when(rollBackSecret, input)
      .thenRejected('VersionDestroyed');
  });

  it('refuses the newest version', () => {
    given(versions(3)).when(rollBackSecret, { secretId, targetVersion: 3 }).thenRejected('AlreadyCurrent');
  });

  it('refuses where another version is the newest than expected', () => {
    given(versions(3))
      .when(rollBackSecret, { ...input, expectedVersion: 2 })
      .thenRejected('VersionMismatch');
  });
});
