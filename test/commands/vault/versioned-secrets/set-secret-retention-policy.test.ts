import { expect } from 'chai';
import { setSecretRetentionPolicy } from '../../../../commands/vault/versioned-secrets/set-secret-retention-policy.ts';
import { policySet, secretId, versions } from '../../../support/controls/vault.ts';
import { given } from '../../../support/scenario.ts';

const input = { secretId, maxVersions: 10, deleteAfter: 'P90D', autoDestroy: true };

describe('setSecretRetentionPolicy', () => {
  it('replaces the whole policy', () => {
    given([...versions(1), policySet({ maxVersions: 3 })])
      .when(setSecretRetentionPolicy, { secretId, deleteAfter: 'PT12H' })
      .then([policySet({ deleteAfter: 'PT12H', autoDestroy: false })]);
  });

  it('answers with the policy', () => {
    const { secretId: _, ...retentionPolicy } = input;
    given(versions(1))
      .when(setSecretRetentionPolicy, input)
      .thenAnswered({ secretId, retentionPolicy, updatedAt: '2026-01-01T00:00:00.000Z' });
  });

  it('refuses a secret that is not there', () => {
    given([]).when(setSecretRetentionPolicy, input).thenRejected('SecretNotFound');
  });

  it('takes durations of whole numbers, longer than nothing and up to 100 years', () => {
    const takes = (deleteAfter: string): boolean =>
      setSecretRetentionPolicy.input.safeParse({ ...input, deleteAfter }).success;
    for (const good of ['P1D', 'PT1S', 'P2W', 'P1Y2M3DT4H5M6S', 'P100Y']) expect(takes(good), good).to.equal(true);
    for (const bad of [
      'P',
      'PT',
      'P0D',
      'PT0S',
      '-P1D',
      'P-1D',
      'P0.5D',
      'P101Y',
      'P1DT',
      '90',
      '',
      'P1D P1D',
      'P99999999999999999Y',
    ])
      expect(takes(bad), bad).to.equal(false);
  });

  it('takes a maximum of at least one version', () => {
    for (const maxVersions of [0, -1, 1.5, '3']) {
      expect(setSecretRetentionPolicy.input.safeParse({ ...input, maxVersions }).success).to.equal(false);
    }
  });
});
