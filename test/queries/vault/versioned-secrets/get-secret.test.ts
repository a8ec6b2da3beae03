import { expect } from 'chai';
import { getSecret } from '../../../../queries/vault/versioned-secrets/get-secret.ts';
import { isRejection } from '../../../../src/kernel/rejection.ts';
import { secretId } from '../../../support/controls/vault.ts';
import { testContext } from '../../../support/scenario.ts';

const row = {
  secret_id: secretId,
  current_version: 3,
  active: 1,
  deprecated: 1,
  destroyed: 1,
  created_at: new Date('2026-01-01T00:00:00.000Z'),
  created_by: 'alice',
  updated_at: new Date('2026-01-02T00:00:00.000Z'),
  max_versions: null,
  delete_after: 'P90D',
  auto_destroy: true,
};

describe('getSecret', () => {
  it('tells about a secret', () => {
    expect(getSecret.respond([row], { secretId }, testContext)).to.deep.equal({
      secretId,
      currentVersion: 3,
      versions: { active: 1, deprecated: 1, destroyed: 1 },
      createdAt: '2026-01-01T00:00:00.000Z',
      createdBy: 'alice',
      updatedAt: '2026-01-02T00:00:00.000Z',
      retentionPolicy: { deleteAfter: 'P90D', autoDestroy: true },
    });
  });

  it('refuses a secret that is not there', () => {
    const answer = getSecret.respond([], { secretId }, testContext);
    expect(isRejection(answer) ? answer.code : answer).to.equal('SecretNotFound');
  });
});
