import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { lengthPrefixed, openBytes, overheadBytes, sealBytes } from '../../../src/kernel/crypto/aead.ts';
import { NotAuthentic } from '../../../src/kernel/crypto/key-errors.ts';
import { hex, vectors } from '../../support/vectors.ts';

interface Groups {
  readonly testGroups: readonly {
    readonly ivSize: number;
    readonly keySize: number;
    readonly tagSize: number;
    readonly tests: readonly Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag' | 'result', string>[];
  }[];
}

const key = randomBytes(32);
const additional = lengthPrefixed(['acme', 'vault.secret', 's1', 1]);

describe('authenticated encryption', () => {
  it('opens what it sealed, with a key of either form', () => {
    for (const size of [0, 1, 16, 100_000]) {
      const plaintext = randomBytes(size);
      const sealed = sealBytes(createSecretKey(key), additional, plaintext);
      expect(sealed.length).to.equal(size + overheadBytes);
      expect(openBytes(key, additional, sealed).equals(plaintext)).to.equal(true);
    }
  });

  it('never seals twice alike', () => {
    const nonces = new Set(
      Array.from({ length: 1_000 }, () => sealBytes(key, additional, Buffer.alloc(0)).toString('hex', 0, 12)),
    );
    expect(nonces.size).to.equal(1_000);
  });

  it('refuses every single flipped bit and every cut', () => {
    const sealed = sealBytes(key, additional, Buffer.from('a secret'));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => openBytes(key, additional, changed), `bit ${bit}`).to.throw(NotAuthentic);
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => openBytes(key, additional, sealed.subarray(0, length)), `cut to ${length}`).to.throw(NotAuthentic);
    }
  });

  it('refuses a tag cut to four bytes, which the platform alone would take', () => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAAD(additional);
    const body = Buffer.concat([cipher.update('a secret'), cipher.final()]);
    const short = Buffer.concat([nonce, body, cipher.getAuthTag().subarray(0, 4)]);
    expect(() => openBytes(key, additional, short)).to.throw(NotAuthentic);
  });

  it('refuses another key and other additional data', () => {
    const sealed = sealBytes(key, additional, Buffer.from('a secret'));
    expect(() => openBytes(randomBytes(32), additional, sealed)).to.throw(NotAuthentic);
    expect(() => openBytes(key, lengthPrefixed(['acme', 'vault.secret', 's1', 2]), sealed)).to.throw(NotAuthentic);
  });

  it('tells every two lists of parts apart', () => {
    const list = fc.array(fc.string(), { maxLength: 4 });
    fc.assert(
      fc.property(list, list, (one, other) => {
        const same = one.length === other.length && one.every((part, index) => part === other[index]);
        return lengthPrefixed(one).equals(lengthPrefixed(other)) === same;
      }),
    );
    expect(lengthPrefixed(['ab', 'c']).equals(lengthPrefixed(['a', 'bc']))).to.equal(false);
  });

  it('agrees with the known answers for 256-bit keys and 96-bit nonces', () => {
    const known = vectors<Groups>('wycheproof/aes_gcm_test.json');
    let count = 0;
    for (const group of known?.testGroups ?? []) {
      if (group.keySize !== 256 || group.ivSize !== 96 || group.tagSize !== 128) continue;
      for (const test of group.tests) {
        const sealed = Buffer.concat([hex(test.iv), hex(test.ct), hex(test.tag)]);
        const open = (): Buffer => openBytes(hex(test.key), hex(test.aad), sealed);
        if (test.result === 'valid') expect(open().toString('hex')).to.equal(test.msg);
        else expect(open).to.throw(NotAuthentic);
        count++;
      }
    }
    if (known !== undefined) expect(count).to.be.greaterThan(50);
  });
});
