import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { sha256, sha256Of } from '../../../src/kernel/crypto/sha256.ts';

const defined = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

describe('sha-256', () => {
  it('is that of any text as UTF-8, and of any bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uint8Array(), (text, bytes) => {
        expect(sha256(text).toString('hex')).to.equal(defined(text));
        expect(sha256(bytes).toString('hex')).to.equal(defined(bytes));
      }),
    );
    expect(sha256('\ud800').toString('hex')).to.equal(defined(Buffer.from('\ud800')));
  });

  it('is that of parts one behind the other, however long they are', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (parts) => {
        expect(sha256Of(...parts).toString('hex')).to.equal(defined(...parts));
      }),
    );
    for (const length of [16_383, 16_384, 16_385, 100_000]) {
      const [first, second] = [randomBytes(length - 10), randomBytes(10)];
      expect(sha256Of(first, second).toString('hex')).to.equal(defined(first, second));
    }
  });
});
