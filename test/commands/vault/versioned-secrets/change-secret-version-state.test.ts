import { changeSecretVersionState } from '../../../../commands/vault/versioned-secrets/change-secret-version-state.ts';
import { deprecated, destroyed, secretId, versions } from '../../../support/controls/vault.ts';
import { given } from '../../../support/scenario.ts';

const to = (state: string, version = '2') => ({ secretId, version, state });

describe('changeSecretVersionState', () => {
  it('deprecates an active version', () => {
    given(versions(2))
      .when(changeSecretVersionState, to('deprecated'))
      .then([deprecated(2)]);
  });

  it('destroys an active or a deprecated version', () => {
    given(versions(2))
      .when(changeSecretVersionState, to('destroyed'))
      .then([destroyed(2)]);
    given([...versions(2), deprecated(2)])
      .when(changeSecretVersionState, to('destroyed'))
      .then([destroyed(2, 'deprecated')]);
  });

  it('answers with the new state', () => {
    given(versions(2))
      .when(changeSecretVersionState, to('destroyed'))
      .thenAnswered({ secretId, version: 2, state: 'destroyed', updatedAt: '2026-01-01T00:00:00.000Z' });
  });

  it('never goes back', () => {
    const gone = [...versions(2), destroyed(2)];
    given(gone).when(changeSecretVersionState, to('deprecated')).thenRejected('InvalidStateTransition');
    given(gone).when(changeSecretVersionState, to('destroyed')).thenRejected('InvalidStateTransition');
    given([...versions(2), deprecated(2)])
      .when(changeSecretVersionState, to('deprecated'))
      .thenRejected('InvalidStateTransition');
  });

  it('asks for a permission of its own to destroy', () => {
    const context = { permissions: ['vault.secret.write'] };
    given(versions(2)).when(changeSecretVersionState, to('destroyed'), { context }).thenRejected('DestroyNotPermitted');
    given(versions(2))
      .when(changeSecretVersionState, to('deprecated'), { context })
      .then([deprecated(2)]);
  });

  it('refuses a secret that is not there', () => {
    given([]).when(changeSecretVersionState, to('deprecated')).thenRejected('SecretNotFound');
  });

  it('refuses a version that is not there', () => {
    given(versions(1)).when(changeSecretVersionState, to('deprecated')).thenRejected('VersionNotFound');
  });
});
