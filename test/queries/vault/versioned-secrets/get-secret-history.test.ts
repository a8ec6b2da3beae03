import { expect } from 'chai';
import { getSecretHistory } from '../../../../queries/vault/versioned-secrets/get-secret-history.ts';
import { secretId } from '../../../support/controls/vault.ts';
import { testContext } from '../../../support/scenario.ts';

describe('getSecretHistory', () => {
  it('refuses a secret that is not there, and takes an empty page of one that is', () => {
    expect(getSecretHistory.parent?.missing({ secretId }).code).to.equal('SecretNotFound');
    expect(getSecretHistory.respond([], { secretId }, testContext)).to.deep.equal({ secretId, versions: [] });
  });

  it('asks for its own tenant alone, also where the secret is looked for', () => {
    const statements = [
      getSecretHistory.run({ secretId }, testContext),
      getSecretHistory.parent?.run({ secretId }, testContext),
    ];
    for (const statement of statements) {
      const [, place] = /tenant_id = \$(\d+)/.exec(statement?.text ?? '') ?? [];
      expect(statement?.values[Number(place) - 1]).to.equal(testContext.tenant);
    }
  });
});
