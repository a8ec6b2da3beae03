import { expect } from 'chai';
import { addSecretVersion } from '../../../../commands/vault/versioned-secrets/add-secret-version.ts';
import { added, destroyed, keyOf, sealedAs, secretId, versions } from '../../../support/controls/vault.ts';
import { given } from '../../../support/scenario.ts';

const input = { secretId, value: 'sk_live_1' };
const prepared = (version: number) => ({ prepared: sealedAs(keyOf(version)) });

describe('addSecretVersion', () => {
  it('creates a secret with its first version', () => {
    given([])
      .when(addSecretVersion, input, prepared(1))
      .then([added(1)]);
  });

  it('answers with the number and the time', () => {
    given(versions(2))
      .when(addSecretVersion, input, prepared(3))
      .thenAnswered({ secretId, version: 3, createdAt: '2026-01-01T00:00:00.000Z' });
  });

  it('keeps the reason on the log', () => {
    given([])
      .when(addSecretVersion, { ...input, metadata: { reason: 'rotation' } }, prepared(1))
      .then([added(1, { reason: 'rotation' })]);
  });

  it('counts on after a destroyed version', () => {
    given([...versions(2), destroyed(2)])
      .when(addSecretVersion, { ...input, expectedVersion: 2 }, prepared(3))
      .then([added(3)]);
  });

  it('creates only where expectedVersion is 0', () => {
    given([])
      .when(addSecretVersion, { ...input, expectedVersion: 0 }, prepared(1))
      .then([added(1)]);
    given(versions(1))
      .when(addSecretVersion, { ...input, expectedVersion: 0 })
      .thenRejected('VersionMismatch');
  });

  it('follows the expected version only', () => {
    given(versions(2))
      .when(addSecretVersion, { ...input, expectedVersion: 1 })
      .thenRejected('VersionMismatch');
    given([])
      .when(addSecretVersion, { ...input, expectedVersion: 1 })
      .thenRejected('VersionMismatch');
  });

  it('takes no claim to be somebody else', () => {
    const claims = (changedBy: string) => ({ ...input, metadata: { changedBy } });
    given([]).when(addSecretVersion, claims('bob')).thenRejected('ChangedByMismatch');
    const own = given([]).when(addSecretVersion, claims('alice'), prepared(1));
    own.thenAnswered({ secretId, version: 1, createdAt: '2026-01-01T00:00:00.000Z' });
  });

  it('refuses values and ids that it could not keep', () => {
    const refuses = (other: object): void => {
      expect(
        addSecretVersion.input.safeParse({ ...input, ...other }).success,
        JSON.stringify(other).slice(0, 80),
      ).to.equal(false);
    };
    refuses({ value: '' });
    refuses({ value: 'x'.repeat(512 * 1024 + 1) });
    refuses({ value: 'é'.repeat(256 * 1024 + 1) });
    refuses({ value: '\ud800' });
    refuses({ secretId: '../other' });
    refuses({ secretId: 'a//b' });
    refuses({ secretId: '/a' });
    refuses({ secretId: 'a/' });
    refuses({ secretId: 'a b' });
    refuses({ secretId: 'stats' });
    refuses({ secretId: 'a'.repeat(201) });
    refuses({ expectedVersion: -1 });
    refuses({ expectedVersion: '1' });
    refuses({ metadata: { reason: 'a\0b' } });
    refuses({ metadata: { custom: { 'a b': 'x' } } });
    refuses({ metadata: { custom: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`k${n}`, ''])) } });
    refuses({ tenantId: 'other' });
  });

  it('takes values of 512 KiB', () => {
    expect(addSecretVersion.input.safeParse({ ...input, value: 'x'.repeat(512 * 1024) }).success).to.equal(true);
    expect(addSecretVersion.input.safeParse({ ...input, value: 'é'.repeat(256 * 1024) }).success).to.equal(true);
  });
});
