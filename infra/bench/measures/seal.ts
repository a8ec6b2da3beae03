import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { softwareRootKey } from '../../../src/kernel/crypto/root-key.ts';
import { createSealer } from '../../../src/kernel/crypto/sealer.ts';
import { type Figures, inTurn, perSecond } from '../figures.ts';
import type { Measure } from '../measure.ts';
import { keysInMemory } from '../synthetic/keys-in-memory.ts';

const algorithm = 'aes-256-gcm';
const value = Buffer.alloc(400, 'x');
const context = { tenant: 'acme', type: 'vault.Secret', id: 'apps/one', version: 1, purpose: 'value' };

export const measure: Measure = {
  name: 'seal',
  about:
    'values of 400 bytes sealed and opened under a key of each one’s own, against AES-256-GCM of the runtime alone',
  async run({ rounds, say, seconds }) {
    const taken = await inTurn(rounds, { ours: () => ours(seconds / 2), bare: () => bare(seconds / 2) }, say);
    const row = (what: 'sealed' | 'opened') => ({
      name: `values ${what}, one at a time, keys in memory`,
      unit: '/s' as const,
      ours: taken.ours[what] ?? Number.NaN,
      floor: { value: taken.bare[what] ?? Number.NaN, of: 'bare AES-GCM, the value and its key' },
    });
    return [row('sealed'), row('opened')];
  },
};

async function ours(seconds: number): Promise<Figures> {
  const sealer = createSealer({ keyStore: keysInMemory(), rootKey: softwareRootKey([randomBytes(32)]) });
  const sealed = await sealer.seal(context, value);
  return {
    sealed: await eachSecond(seconds, () => sealer.seal(context, value)),
    opened: await eachSecond(seconds, () => sealer.open(context, sealed)),
  };
}

async function eachSecond(seconds: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  let count = 0;
  for (; performance.now() - began < seconds * 1_000; count++) await work();
  return count / ((performance.now() - began) / 1_000);
}

/** The two encryptions that sealing cannot do without: of the value under a key of its own, and of that key. */
function bare(seconds: number): Figures {
  const kek = randomBytes(32);
  const seal = () => {
    const key = randomBytes(32);
    return { value: encrypt(key, value), key: encrypt(kek, key) };
  };
  const sealed = seal();
  return {
    sealed: perSecond(seconds, seal),
    opened: perSecond(seconds, () => void decrypt(decrypt(kek, sealed.key), sealed.value)),
  };
}

function encrypt(key: Buffer, plaintext: Buffer): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(algorithm, key, nonce);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
}
