import { expect } from 'chai';
import { getInclusionProof } from '../../../queries/audit/get-inclusion-proof.ts';
import { entryRow } from '../../../src/domain/audit/entry-rows.ts';
import { verifyInclusion } from '../../../src/kernel/crypto/merkle-verify.ts';
import { entryOf, payloadOf } from '../../../src/kernel/proof/entry.ts';
import type { Row } from '../../../src/kernel/query.ts';
import { codeOf } from '../../support/answers.ts';
import { storedEvent } from '../../support/controls/checkpoints.ts';
import { testContext } from '../../support/scenario.ts';
import { testTree } from '../../support/trees.ts';

const tree = testTree(600);

/** The rows of the statement for the entry of an index, proved in a size. */
function rowsFor(index: number, wanted: number): readonly Row[] {
  const leaf = tree.leaves[index] as Buffer;
  const entry = entryRow(entryOf(index, storedEvent), storedEvent, {
    chain: leaf,
    leaf,
    payload: payloadOf(storedEvent),
  });
  const head = { head: 600n, wanted: BigInt(wanted), note: 'note', cosignatures: '' };
  return tree.rows.map((tile) => ({ ...entry, ...head, ...tile }));
}

describe('getInclusionProof', () => {
  const ask = (rows: readonly Row[]): unknown =>
    codeOf(getInclusionProof.respond(rows, getInclusionProof.input.parse({ index: '3' }), testContext));

  it('proves an entry in the tree of any size that has it', () => {
    for (const size of [301, 512, 600]) {
      const answer = ask(rowsFor(300, size)) as { root: string; proof: string[]; leafHash: string; checkpoint: string };
      const [root, leafHash] = [Buffer.from(answer.root, 'base64'), Buffer.from(answer.leafHash, 'base64')];
      const proof = answer.proof.map((hash) => Buffer.from(hash, 'base64'));
      expect(verifyInclusion({ index: 300, size, leafHash, root, proof })).to.equal(true);
      expect(root).to.deep.equal(tree.roots(0, size));
      expect(answer.checkpoint).to.equal('note');
    }
  });

  it('proves the leaf of an entry that retention has taken, without the entry', () => {
    const gone = rowsFor(300, 600).map((row) => ({ ...row, event_id: null }));
    const answer = ask(gone) as { readonly root: string };
    expect(answer).not.to.have.property('entry');
    expect(answer.root).to.equal(tree.root.toString('base64'));
  });

  it('refuses an entry that is not there, one that came later, and a size the log has not', () => {
    expect(ask([])).to.equal('EntryNotFound');
    expect(ask(rowsFor(300, 300))).to.equal('EntryNotCovered');
    expect(ask(rowsFor(300, 601))).to.equal('TreeTooSmall');
  });

  it('takes an event or an index, not both', () => {
    const eventId = storedEvent.id;
    for (const input of [{}, { eventId, index: '1' }, { index: '01' }, { index: '1', size: '0' }])
      expect(getInclusionProof.input.safeParse(input).success, JSON.stringify(input)).to.equal(false);
    expect(getInclusionProof.input.safeParse({ eventId }).success).to.equal(true);
  });
});
