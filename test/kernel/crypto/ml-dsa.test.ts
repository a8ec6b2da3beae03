import { randomBytes } from 'node:crypto';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { expect } from 'chai';
import {
  type MlDsa,
  type MlDsaSet,
  mlDsaSizes,
  nativeMlDsa,
  portableMlDsa,
} from '../../../src/kernel/crypto/ml-dsa.ts';
import { hex, vectors } from '../../support/vectors.ts';

interface KnownTest {
  readonly tcId: number;
  readonly flags: readonly string[];
  readonly msg?: string;
  readonly ctx?: string;
  readonly mu?: string;
  readonly rnd?: string;
  readonly sig: string;
  readonly result: 'valid' | 'invalid';
}
interface KnownGroups {
  readonly testGroups: readonly {
    readonly publicKey: string | null;
    readonly privateSeed?: string;
    readonly privateKey?: string;
    readonly tests: readonly KnownTest[];
  }[];
}

const none = Buffer.alloc(0);
const sets: readonly MlDsaSet[] = [44, 65, 87];
const kinds = (set: MlDsaSet): readonly (readonly [string, MlDsa])[] => {
  const native = nativeMlDsa(set);
  return [['portable', portableMlDsa(set)], ...(native === undefined ? [] : [['native', native] as const])];
};

describe('ML-DSA', () => {
  for (const set of sets) {
    it(`${set}: every implementation here verifies every other's, from one seed`, () => {
      const [seed, message, context] = [randomBytes(32), randomBytes(100), randomBytes(20)];
      for (const [, signer] of kinds(set)) {
        const key = signer.keyPair(seed);
        expect(key.publicKey.length).to.equal(mlDsaSizes(set).publicKey);
        const signature = key.sign(message, context);
        expect(signature.length).to.equal(mlDsaSizes(set).signature);
        for (const [name, verifier] of kinds(set)) {
          const { publicKey } = verifier.keyPair(seed);
          expect(Buffer.from(publicKey).equals(key.publicKey), name).to.equal(true);
          expect(verifier.verify({ message, context }, signature, publicKey), name).to.equal(true);
          expect(verifier.verify({ message, context: none }, signature, publicKey), name).to.equal(false);
          expect(verifier.verify({ message: none, context }, signature, publicKey), name).to.equal(false);
          expect(verifier.verify({ message, context }, signature.subarray(1), publicKey), name).to.equal(false);
          expect(verifier.verify({ message, context }, signature, publicKey.subarray(1)), name).to.equal(false);
        }
      }
    });
  }

  it('verifies as the known answers say', () => {
    const known = vectors<KnownGroups>('wycheproof/mldsa_65_verify_test.json');
    for (const { publicKey, tests } of known?.testGroups ?? []) {
      for (const test of tests) {
        const signed = { message: hex(test.msg ?? ''), context: hex(test.ctx ?? '') };
        for (const [name, scheme] of kinds(65)) {
          const verdict = scheme.verify(signed, hex(test.sig), hex(publicKey ?? ''));
          expect(verdict, `${name} ${test.tcId}`).to.equal(test.result === 'valid');
        }
      }
    }
  }).timeout(60_000);

  it('signs as the known answers say', () => {
    const done = new Set<string>();
    for (const file of ['mldsa_65_sign_seed_test', 'mldsa_65_sign_noseed_test']) {
      const known = vectors<KnownGroups>(`wycheproof/${file}.json`);
      for (const group of known?.testGroups ?? []) {
        const seed = hex(group.privateSeed ?? '');
        if (group.privateSeed !== undefined && seed.length !== 32) {
          for (const [, scheme] of kinds(65)) expect(() => scheme.keyPair(seed)).to.throw();
          continue;
        }
        for (const test of group.tests) {
          // The second file repeats most of the first, and a signature may take a tenth of a second.
          if (test.result === 'valid' && done.has(test.sig)) continue;
          done.add(test.sig);
          checkSigning(group, seed, test);
        }
      }
    }
  }).timeout(60_000);
});

function checkSigning(group: KnownGroups['testGroups'][number], seed: Buffer, test: KnownTest): void {
  const secretKey = seed.length === 32 ? ml_dsa65.keygen(seed).secretKey : hex(group.privateKey ?? '');
  const context = hex(test.ctx ?? '');
  const sign = (): Uint8Array =>
    test.msg === undefined
      ? ml_dsa65.internal.sign(hex(test.mu ?? ''), secretKey, { externalMu: true, extraEntropy: false })
      : ml_dsa65.sign(hex(test.msg), secretKey, { context, extraEntropy: false });
  if (test.result === 'invalid') {
    expect(sign, String(test.tcId)).to.throw();
    return;
  }
  if (test.flags.includes('Randomized')) expect(test.rnd ?? '').to.not.equal('');
  else expect(Buffer.from(sign()).toString('hex'), String(test.tcId)).to.equal(test.sig);
  if (test.msg === undefined) return;
  for (const [name, scheme] of kinds(65)) {
    const verdict = scheme.verify({ message: hex(test.msg), context }, hex(test.sig), hex(group.publicKey ?? ''));
    expect(verdict, `${name} ${test.tcId}`).to.equal(true);
  }
}
