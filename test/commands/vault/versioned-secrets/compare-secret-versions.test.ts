import { compareSecretVersions } from '../../../../commands/vault/versioned-secrets/compare-secret-versions.ts';
import { destroyed, secretId, versions } from '../../../support/controls/vault.ts';
import { expectRefusal } from '../../../support/performed.ts';

const input = (version1: number, version2: number) => ({ secretId, version1, version2 });

describe('compareSecretVersions', () => {
  it('refuses a secret that is not there', async () => {
    await expectRefusal([], compareSecretVersions, input(1, 2), 'SecretNotFound');
  });

  it('refuses a version that is not there, on either side', async () => {
    await expectRefusal(versions(2), compareSecretVersions, input(3, 1), 'VersionNotFound');
    await expectRefusal(versions(2), compareSecretVersions, input(1, 3), 'VersionNotFound');
  });

  it('refuses a destroyed version, on either side', async () => {
    const past = [...versions(2), destroyed(1)];
    await expectRefusal(past, compareSecretVersions, input(1, 2), 'VersionDestroyed');
    await expectRefusal(past, compareSecretVersions, input(2, 1), 'VersionDestroyed');
  });
});
