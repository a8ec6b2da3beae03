import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openRootKey, rootKeyName } from '../../../src/adapters/key-store/root-key-file.ts';
import { KeyUnknown, NotAuthentic } from '../../../src/kernel/crypto/key-errors.ts';
import { parseRootKeys, RootKeyError, softwareRootKey } from '../../../src/kernel/crypto/root-key.ts';
import { rejected } from '../../support/rejected.ts';
import { sharedStores } from '../../support/stores.ts';

const line = (): string => randomBytes(32).toString('base64');
const additional = Buffer.from('place');

describe('root key', () => {
  it('wraps with the newest and unwraps with every one it has', async () => {
    const [older, newer] = [line(), line()];
    const before = parseRootKeys(older, 'test');
    const after = parseRootKeys(`# rotated in May\n${newer}\r\n\n${older}\n`, 'test');
    const wrapped = await before.wrap(additional, Buffer.from('key'));
    expect(after.ids).to.have.length(2);
    expect(after.ids[1]).to.equal(before.ids[0]);
    expect((await after.unwrap(before.ids[0], additional, wrapped)).toString()).to.equal('key');
    const anew = await after.wrap(additional, Buffer.from('key'));
    expect((await after.unwrap(after.ids[0], additional, anew)).toString()).to.equal('key');
    expect(await rejected(after.unwrap(after.ids[0], additional, wrapped))).to.be.instanceOf(NotAuthentic);
    expect(await rejected(before.unwrap(after.ids[0], additional, anew)))
      .to.be.instanceOf(KeyUnknown)
      .and.have.property('message')
      .that.includes(after.ids[0]);
  });

  it('has an id that tells nothing of the key and survives a restart', () => {
    const key = randomBytes(32);
    const id = softwareRootKey([Buffer.from(key)]).ids[0];
    expect(id).to.match(/^root-[0-9a-f]{16}$/);
    expect(softwareRootKey([Buffer.from(key)]).ids[0]).to.equal(id);
  });

  it('wipes the bytes it was given', () => {
    const bytes = randomBytes(32);
    softwareRootKey([bytes]);
    expect(bytes.equals(Buffer.alloc(32))).to.equal(true);
  });

  it('refuses text that is no key in one sentence that shows nothing of it', () => {
    const short = randomBytes(31).toString('base64');
    const bad = ['', '# nothing', short, randomBytes(33).toString('base64'), 'p@ssword', `${line()}\n${short}`];
    for (const text of bad) {
      expect(() => parseRootKeys(text, 'here')).to.throw(RootKeyError, /^here.*openssl rand -base64 32[^.]*\.$/s);
      try {
        parseRootKeys(text, 'here');
      } catch (error) {
        for (const part of text.split('\n')) if (part !== '') expect(String(error)).to.not.include(part);
      }
    }
  });
});

describe('root key file', () => {
  it('is made at the first start, for the owner alone, and read at the next', () => {
    const dataDir = join(sharedStores().scratch('root-key'), 'data');
    const first = openRootKey({ dataDir });
    expect(statSync(join(dataDir, rootKeyName)).mode & 0o777).to.equal(0o600);
    expect(openRootKey({ dataDir }).ids).to.deep.equal(first.ids);
    expect(readdirSync(dataDir)).to.deep.equal([rootKeyName]);
  });

  it('is the given one, and then none is made', () => {
    const dataDir = sharedStores().scratch('root-key');
    const file = join(dataDir, 'mine');
    writeFileSync(file, `${line()}\n`, { mode: 0o600 });
    const id = parseRootKeys(readFileSync(file, 'utf8'), 'test').ids[0];
    expect(openRootKey({ file, dataDir }).ids).to.deep.equal([id]);
    expect(existsSync(join(dataDir, rootKeyName))).to.equal(false);
  });

  it('is refused where others may read it or the group may change it', () => {
    const dataDir = sharedStores().scratch('root-key');
    const file = join(dataDir, 'mine');
    writeFileSync(file, `${line()}\n`);
    for (const mode of [0o644, 0o604, 0o666, 0o660, 0o602]) {
      chmodSync(file, mode);
      expect(() => openRootKey({ file, dataDir }), mode.toString(8)).to.throw(
        RootKeyError,
        /open to others.*chmod 600/,
      );
    }
    for (const mode of [0o600, 0o400, 0o440]) {
      chmodSync(file, mode);
      expect(openRootKey({ file, dataDir }).ids).to.have.length(1);
    }
  });

  it('is refused where it is missing or a directory', () => {
    const dataDir = sharedStores().scratch('root-key');
    expect(() => openRootKey({ file: join(dataDir, 'none'), dataDir })).to.throw(RootKeyError, /cannot be read/);
    chmodSync(dataDir, 0o700);
    expect(() => openRootKey({ file: dataDir, dataDir })).to.throw(RootKeyError);
  });

  it('says what to do where none can be made', () => {
    const dataDir = join(sharedStores().scratch('root-key'), 'file');
    writeFileSync(dataDir, '');
    expect(() => openRootKey({ dataDir: join(dataDir, 'data') })).to.throw(
      RootKeyError,
      /cannot be made.*KEYLEDGER_ROOT_KEY_FILE/,
    );
  });
});
