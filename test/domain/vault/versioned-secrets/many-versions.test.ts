import { expect } from 'chai';
import { addSecretVersion } from '../../../../commands/vault/versioned-secrets/add-secret-version.ts';
import { currentVersion, Secret, type SecretState } from '../../../../src/domain/vault/versioned-secrets/secret.ts';
import type { Fact } from '../../../../src/kernel/aggregate.ts';
import { isRejection } from '../../../../src/kernel/rejection.ts';
import { secretId } from '../../../support/controls/vault.ts';
import { testContext } from '../../../support/scenario.ts';

const count = 24_000;
const value = 'c2VhbGVk'.repeat(100);

function fold(state: SecretState, revision: number): SecretState {
  const added = {
    secretId,
    version: revision + 1,
    sealed: { keyId: '0b7d3c1e-0000-4000-8000-000000000000', sealed: value },
    bytes: 400,
    metadata: {},
    origin: { kind: 'written' as const },
  };
  return Secret.evolve.VersionAdded(state, added, { revision, at: testContext.now } as Fact);
}

describe('a secret of 24,000 versions', () => {
  let state = Secret.initial();
  let earlier = state;

  before(() => {
    for (let revision = 0; revision < count; revision++) {
      earlier = state;
      state = fold(state, revision);
    }
  });

  it('keeps little of each version, and nothing of a value', () => {
    const json = JSON.stringify(Secret.snapshot?.toJson(state));
    expect(json.length / count).to.be.below(80);
    expect(json).not.to.include(value.slice(0, 16));
  });

  it('shares what did not change with the state before', () => {
    expect(earlier.versions.size).to.equal(count - 1);
    expect(state.versions.get(0)).to.equal(earlier.versions.get(0));
  });

  it('takes one more version with one event', () => {
    const context = { ...testContext, prepared: { sealed: { keyId: 'k', sealed: 'AA==' }, bytes: 1 } };
    const input = addSecretVersion.input.parse({ secretId, value: 'x', expectedVersion: count });
    expect(addSecretVersion.validate?.(state, input, testContext)).to.equal(undefined);
    const decided = addSecretVersion.decide(state, input, context);
    expect(
      isRejection(decided) ? decided.code : decided.map(({ data }) => (data as { version: number }).version),
    ).to.deep.equal([count + 1]);
    expect(currentVersion(state)).to.equal(count);
  });
});
