import * as crypto from 'node:crypto';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { expect } from 'chai';
import { canonicalJson, NotCanonical } from '../../../src/kernel/crypto/canonical-json.ts';
import { ed25519PublicKey } from '../../../src/kernel/crypto/ed25519.ts';
import { hex, vectors, vectorText } from '../../support/vectors.ts';

interface Known {
  readonly testGroups: readonly (Record<string, unknown> & { readonly tests: readonly Record<string, unknown>[] })[];
}

/** Runs each case of a file; `sound` tells whether the case went as a valid one does. */
function each(file: string, sound: (test: Record<string, string>, group: Record<string, unknown>) => boolean): void {
  for (const group of vectors<Known>(`wycheproof/${file}.json`)?.testGroups ?? []) {
    for (const test of group.tests as Record<string, string>[]) {
      if (test['result'] === 'acceptable') continue;
      const verdict = attempt(() => sound(test, group));
      expect(verdict, `${file} ${test['tcId']} ${test['comment'] ?? ''}`).to.equal(test['result'] === 'valid');
    }
  }
}

function attempt(work: () => boolean): boolean {
  try {
    return work();
  } catch {
    return false;
  }
}

const field = (test: Record<string, string>, name: string): Buffer => hex(test[name] ?? '');
const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.from(one).equals(other);

describe('known answers of the primitives', () => {
  it('hold for Ed25519', () => {
    each('ed25519_test', (test, group) => {
      const { pk } = group['publicKey'] as { readonly pk: string };
      return crypto.verify(null, field(test, 'msg'), ed25519PublicKey(hex(pk)), field(test, 'sig'));
    });
  });

  it('hold for X25519', () => {
    each('x25519_test', (test) => {
      const privateDer = Buffer.concat([hex('302e020100300506032b656e04220420'), field(test, 'private')]);
      const publicDer = Buffer.concat([hex('302a300506032b656e032100'), field(test, 'public')]);
      const privateKey = crypto.createPrivateKey({ key: privateDer, format: 'der', type: 'pkcs8' });
      const publicKey = crypto.createPublicKey({ key: publicDer, format: 'der', type: 'spki' });
      return same(crypto.diffieHellman({ privateKey, publicKey }), field(test, 'shared'));
    });
  });

  it('hold for HMAC-SHA-256', () => {
    each('hmac_sha256_test', (test, group) => {
      const mac = crypto.createHmac('sha256', field(test, 'key')).update(field(test, 'msg')).digest();
      return same(mac.subarray(0, Number(group['tagSize']) / 8), field(test, 'tag'));
    });
  });

  it('hold for HKDF-SHA-256', () => {
    each('hkdf_sha256_test', (test) => {
      const [ikm, salt, info] = [field(test, 'ikm'), field(test, 'salt'), field(test, 'info')];
      return same(Buffer.from(crypto.hkdfSync('sha256', ikm, salt, info, Number(test['size']))), field(test, 'okm'));
    });
  });

  it('hold for the key pairs of ML-KEM-768', () => {
    each('mlkem_768_keygen_seed_test', (test) => {
      const { publicKey, secretKey } = ml_kem768.keygen(field(test, 'seed'));
      return same(publicKey, field(test, 'ek')) && same(secretKey, field(test, 'dk'));
    });
  }).timeout(30_000);

  it('hold for sealing under ML-KEM-768', () => {
    each('mlkem_768_encaps_test', (test) => {
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(field(test, 'ek'), field(test, 'm'));
      return same(cipherText, field(test, 'c')) && same(sharedSecret, field(test, 'K'));
    });
  }).timeout(30_000);

  it('hold for opening under ML-KEM-768, from a seed and from an expanded key', () => {
    each('mlkem_768_test', (test) => {
      const { secretKey } = ml_kem768.keygen(field(test, 'seed'));
      return same(ml_kem768.decapsulate(field(test, 'c'), secretKey), field(test, 'K'));
    });
    each('mlkem_768_semi_expanded_decaps_test', (test) => {
      const shared = ml_kem768.decapsulate(field(test, 'c'), field(test, 'dk'));
      return test['K'] === undefined || same(shared, field(test, 'K'));
    });
  }).timeout(30_000);

  it('hold for the platform where it has ML-KEM: it opens what the portable one sealed', () => {
    const seed = crypto.randomBytes(64);
    const native = nativeKem(seed);
    if (native === undefined) {
      process.stdout.write(`    Node ${process.version} has no ML-KEM of its own: nothing to compare\n`);
      return;
    }
    const { publicKey, secretKey } = ml_kem768.keygen(seed);
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey);
    expect(same(native.decapsulate(cipherText), sharedSecret)).to.equal(true);
    const { sharedKey, ciphertext } = native.encapsulate();
    expect(same(ml_kem768.decapsulate(ciphertext, secretKey), sharedKey)).to.equal(true);
  });

  it('hold for canonical JSON, but for the integer past 2^53, which is refused', () => {
    for (const name of ['arrays', 'french', 'structures', 'unicode', 'values', 'weird']) {
      const [given, wanted] = [vectorText(`jcs/${name}.in.json`), vectorText(`jcs/${name}.out.json`)];
      if (given === undefined || wanted === undefined) continue;
      if (name === 'values') expect(() => canonicalJson(JSON.parse(given))).to.throw(NotCanonical, /beyond 2\^53/);
      const value = JSON.parse(given.replace('1E30', '0.5')) as unknown;
      const answer = wanted.trimEnd().replace('1e+30', '0.5');
      expect(canonicalJson(value), name).to.equal(answer);
      expect(canonicalJson(JSON.parse(answer)), name).to.equal(answer);
    }
  });
});

interface NativeKem {
  decapsulate(ciphertext: Uint8Array): Buffer;
  encapsulate(): { readonly sharedKey: Buffer; readonly ciphertext: Buffer };
}

function nativeKem(seed: Buffer): NativeKem | undefined {
  const prefix = hex('3054020100300b060960864801650304040204428040');
  try {
    const key = crypto.createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' });
    return {
      decapsulate: (ciphertext) => crypto.decapsulate(key, ciphertext),
      encapsulate: () => crypto.encapsulate(crypto.createPublicKey(key)),
    };
  } catch {
    return undefined;
  }
}
