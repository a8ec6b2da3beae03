import { expect } from 'chai';
import { getConsistencyProof } from '../../../queries/audit/get-consistency-proof.ts';
import { verifyConsistency } from '../../../src/kernel/crypto/merkle-verify.ts';
import { codeOf } from '../../support/answers.ts';
import { testContext } from '../../support/scenario.ts';
import { testTree } from '../../support/trees.ts';

describe('getConsistencyProof', () => {
  const tree = testTree(600);
  const rows = tree.rows.map((row) => ({ ...row, head: 600n }));
  const ask = (first: string, second: string, of = rows): unknown =>
    codeOf(getConsistencyProof.respond(of, getConsistencyProof.input.parse({ first, second }), testContext));

  it('proves one size to begin with another', () => {
    for (const [first, second] of [
      [1, 600],
      [256, 600],
      [300, 513],
      [600, 600],
    ] as const) {
      const answer = ask(String(first), String(second)) as { firstRoot: string; secondRoot: string; proof: string[] };
      const bytes = (hash: string): Buffer => Buffer.from(hash, 'base64');
      const [firstRoot, secondRoot] = [bytes(answer.firstRoot), bytes(answer.secondRoot)];
      const proof = answer.proof.map(bytes);
      expect(verifyConsistency({ first, second, firstRoot, secondRoot, proof })).to.equal(true);
    }
  });

  it('refuses a size the log has not', () => {
    expect(ask('5', '601')).to.equal('TreeTooSmall');
    expect(ask('5', '6', [])).to.equal('TreeTooSmall');
  });
});
