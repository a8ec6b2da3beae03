import { getDestructionCertificate } from '../../../../commands/vault/versioned-secrets/get-destruction-certificate.ts';
import { destroyed, secretId, versions } from '../../../support/controls/vault.ts';
import { expectRefusal } from '../../../support/performed.ts';

const input = (version: string) => ({ secretId, version });

describe('getDestructionCertificate', () => {
  it('refuses a secret that is not there', async () => {
    await expectRefusal([], getDestructionCertificate, input('1'), 'SecretNotFound');
  });

  it('refuses a version that is not there', async () => {
    await expectRefusal(versions(2), getDestructionCertificate, input('3'), 'VersionNotFound');
  });

  it('has none for a version that is not destroyed, or not certified yet', async () => {
    const past = [...versions(2), destroyed(1)];
    await expectRefusal(past, getDestructionCertificate, input('2'), 'CertificateNotFound');
    await expectRefusal(past, getDestructionCertificate, input('1'), 'CertificateNotFound');
  });
});
