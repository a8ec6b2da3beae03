import canonicalize from 'canonicalize';
import { expect } from 'chai';
import fc from 'fast-check';
import { canonicalJson, NotCanonical } from '../../../src/kernel/crypto/canonical-json.ts';

const keys = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('10', '9', '__proto__', 'é', '\ue000', '😀', ''),
);
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, false, 0, -0, 1e-7, 1e-300, 0.1, 2 ** 53 - 1),
    fc.string({ unit: 'grapheme' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Number.isInteger(value) ? value % 1e9 : value)),
    fc.array(tie('value')),
    fc.dictionary(keys, tie('value'), { noNullPrototype: false }),
  ),
}));

describe('canonical JSON', () => {
  it('is what the library makes of any JSON', () => {
    const isSame = (value: unknown): void => void expect(canonicalJson(value)).to.equal(canonicalize(value));
    fc.assert(fc.property(anything, isSame), { numRuns: 500 });
    isSame({ at: new Date(0) });
  });

  it('is refused, with its place, for what JSON has not', () => {
    for (const [value, place] of [
      [{ a: [1, { b: undefined }] }, '$.a[1].b'],
      [{ a: Number.NaN }, '$.a'],
      [[2 ** 53], '$[0]'],
      [{ a: '\ud800' }, '$.a'],
      [{ '\ud800': 1 }, 'a key of $'],
      [() => 1, '$'],
    ] as const) {
      expect(() => canonicalJson(value), place).to.throw(NotCanonical, place);
    }
  });
});
