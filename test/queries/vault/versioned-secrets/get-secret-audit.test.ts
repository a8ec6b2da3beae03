import { expect } from 'chai';
import { getSecretAudit } from '../../../../queries/vault/versioned-secrets/get-secret-audit.ts';
import { secretId } from '../../../support/controls/vault.ts';
import { testContext } from '../../../support/scenario.ts';

describe('getSecretAudit', () => {
  it('refuses a secret that is not there, and takes an empty page of one that is', () => {
    expect(getSecretAudit.parent?.missing({ secretId }).code).to.equal('SecretNotFound');
    expect(getSecretAudit.respond([], { secretId }, testContext)).to.deep.equal({ secretId, events: [] });
  });

  it('asks for its own tenant alone, also where the secret is looked for', () => {
    const statements = [
      getSecretAudit.run({ secretId }, testContext),
      getSecretAudit.parent?.run({ secretId }, testContext),
    ];
    for (const statement of statements) {
      const [, place] = /tenant_id = \$(\d+)/.exec(statement?.text ?? '') ?? [];
      expect(statement?.values[Number(place) - 1]).to.equal(testContext.tenant);
    }
  });
});
