import { expect } from 'chai';
import { signingNeed } from '../../../src/domain/audit/signing.ts';
import { type TestTree, testTree } from '../../support/trees.ts';

const headOf = ({ leaves, root }: TestTree, other: object = {}) => ({
  size: leaves.length,
  root,
  notable: leaves.length,
  position: 200n,
  seen: 200n,
  ...other,
});
const lastOf = ({ leaves, root }: TestTree, other: object = {}) => ({
  size: leaves.length,
  root: root.toString('base64'),
  position: '100',
  keyVersion: 1,
  ...other,
});
const version = 1;

describe('whether a head is signed', () => {
  const [five, seven] = [testTree(5), testTree(700)];

  it('is, the first one and one that grows from the last', () => {
    const head = headOf(seven);
    expect(signingNeed({ head, last: undefined, version, roots: seven.roots })).to.deep.equal({ kind: 'sign', head });
    expect(signingNeed({ head, last: lastOf(five), version, roots: seven.roots })).to.deep.equal({
      kind: 'sign',
      head,
    });
  });

  it('is not where nothing happened but checkpoints, unless the key is a new one', () => {
    const head = headOf(seven, { notable: 5 });
    expect(signingNeed({ head, last: lastOf(five), version, roots: seven.roots }).kind).to.equal('nothing');
    expect(signingNeed({ head, last: lastOf(five), version: 2, roots: seven.roots }).kind).to.equal('sign');
    expect(signingNeed({ head: undefined, last: undefined, version, roots: seven.roots }).kind).to.equal('nothing');
  });

  it('is not while the read model is behind what was signed', () => {
    const head = headOf(five, { seen: 99n, position: 99n });
    expect(signingNeed({ head, last: lastOf(seven), version, roots: five.roots }).kind).to.equal('nothing');
  });

  it('is refused where the tree is shorter, another one, or not that of its tiles', () => {
    const other = testTree(700, 'other');
    const cases = [
      { head: headOf(five), last: lastOf(seven), roots: five.roots },
      { head: headOf(other), last: lastOf(five), roots: other.roots },
      { head: headOf(seven), last: lastOf(five), roots: other.roots },
      { head: headOf(seven, { root: other.root }), last: lastOf(five), roots: seven.roots },
      { head: headOf(seven), last: lastOf(five), roots: five.roots },
      { head: headOf(seven, { root: other.root }), last: undefined, roots: seven.roots },
    ];
    for (const { head, last, roots } of cases) {
      const split = { kind: 'split', size: head.size, root: head.root.toString('base64') };
      expect(signingNeed({ head, last, version, roots })).to.deep.equal(split);
    }
  });
});
