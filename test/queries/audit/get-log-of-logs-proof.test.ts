import { expect } from 'chai';
import { getLogOfLogsProof } from '../../../queries/audit/get-log-of-logs-proof.ts';
import { askOperation } from '../../support/answers.ts';
import { plainInclusion } from '../../support/plain-proofs.ts';
import { testTree } from '../../support/trees.ts';

const tree = testTree(9);
const signed = { size: 9n, note: 'note', cosignatures: '' };
const leaf = { index: 4n, origin: 'keyledger.example/audit/acme', size: 7n, root: 'r' };

describe('getLogOfLogsProof', () => {
  it('proves a checkpoint of the caller’s log', async () => {
    const answer = (await askOperation(getLogOfLogsProof, {}, [[signed], [leaf], tree.rows])) as {
      leaf: string;
      proof: string[];
    };
    expect(JSON.parse(answer.leaf)).to.deep.equal({ v: 1, tenant: 'acme', origin: leaf.origin, size: 7, root: 'r' });
    const of = { index: 4, size: 9, leaf: tree.leaves[4] as Buffer, proof: answer.proof };
    expect(plainInclusion(of)).to.equal(tree.root.toString('base64'));
  });

  it('refuses where no signed tree has it', async () => {
    for (const rows of [
      [[], []],
      [[signed], []],
    ]) {
      expect(await askOperation(getLogOfLogsProof, {}, rows)).to.equal('CheckpointMissing');
    }
  });
});
