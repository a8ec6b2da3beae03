import { expect } from 'chai';
import { openSecretVersion } from '../../../../commands/vault/versioned-secrets/open-secret-version.ts';
import { destroyed, secretId, versions } from '../../../support/controls/vault.ts';
import { expectRefusal } from '../../../support/performed.ts';

const input = (version: string) => ({ secretId, version });

describe('openSecretVersion', () => {
  it('refuses a secret that is not there', async () => {
    await expectRefusal([], openSecretVersion, input('1'), 'SecretNotFound');
    await expectRefusal([], openSecretVersion, input('latest'), 'SecretNotFound');
  });

  it('refuses a version that is not there', async () => {
    await expectRefusal(versions(2), openSecretVersion, input('3'), 'VersionNotFound');
  });

  it('refuses a destroyed version, and never gives an older one for the latest', async () => {
    const past = [...versions(2), destroyed(2)];
    await expectRefusal(past, openSecretVersion, input('2'), 'VersionDestroyed');
    await expectRefusal(past, openSecretVersion, input('latest'), 'VersionDestroyed');
  });

  it('takes a positive whole number or latest', () => {
    for (const bad of ['0', '-1', '1.5', '01', '1e3', 'Latest', '', ' 1', '99999999999']) {
      expect(openSecretVersion.input.safeParse(input(bad)).success, bad).to.equal(false);
    }
    expect(openSecretVersion.input.parse(input('7')).version).to.equal(7);
  });

  it('audits the version that was read, not the word latest', () => {
    const { details } = openSecretVersion.controls.audit;
    const asked = openSecretVersion.input.parse(input('latest'));
    expect(details?.(asked, { version: 3, value: 'sk_live_1' })).to.deep.equal({ version: 3 });
    expect(details?.(asked, undefined)).to.deep.equal({ version: 'latest' });
  });
});
