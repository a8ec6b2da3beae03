import { recordSecretDestruction } from '../../../../commands/vault/versioned-secrets/record-secret-destruction.ts';
import { certified, destroyed, secretId, signed, versions } from '../../../support/controls/vault.ts';
import { given } from '../../../support/scenario.ts';

const input = { secretId, version: 1 };

describe('recordSecretDestruction', () => {
  it('records the certificate', () => {
    given([...versions(2), destroyed(1)])
      .when(recordSecretDestruction, input, { prepared: signed })
      .then([certified(1)]);
  });

  it('records it once', () => {
    given([...versions(2), destroyed(1), certified(1)])
      .when(recordSecretDestruction, input, { prepared: undefined })
      .then([]);
  });

  it('refuses a secret that is not there', () => {
    given([]).when(recordSecretDestruction, input).thenRejected('SecretNotFound');
  });

  it('refuses a version that is not there', () => {
    given(versions(2)).when(recordSecretDestruction, { secretId, version: 3 }).thenRejected('VersionNotFound');
  });

  it('certifies nothing that is not destroyed', () => {
    given(versions(2)).when(recordSecretDestruction, input).thenRejected('VersionNotDestroyed');
  });
});
