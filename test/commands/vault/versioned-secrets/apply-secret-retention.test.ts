import { applySecretRetention } from '../../../../commands/vault/versioned-secrets/apply-secret-retention.ts';
import { destroyedByRetention, policySet, secretId, versions } from '../../../support/controls/vault.ts';
import { given } from '../../../support/scenario.ts';

describe('applySecretRetention', () => {
  it('destroys by the clock where the policy says autoDestroy', () => {
    given([...versions(2), policySet({ maxVersions: 1, autoDestroy: true })])
      .when(applySecretRetention, { secretId })
      .then([destroyedByRetention(1, 'maxVersions')]);
  });

  it('leaves a secret alone whose policy waits to be enforced, or that has none', () => {
    given([...versions(2), policySet({ maxVersions: 1 })])
      .when(applySecretRetention, { secretId })
      .then([]);
    given(versions(2)).when(applySecretRetention, { secretId }).thenAnswered({ secretId, versionsDeleted: 0 });
  });
});
