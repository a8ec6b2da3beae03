import { expect } from 'chai';
import { checkProof } from '../../src/cli/audit/check-proof.ts';
import { trustFrom } from '../../src/domain/audit/export/trust.ts';
import { inclusionProof, rangeRoots } from '../../src/kernel/crypto/merkle.ts';
import { leafData } from '../../src/kernel/proof/entry.ts';
import { logKey } from '../../src/kernel/proof/log-signer.ts';
import { formatProof, type LogProof } from '../../src/kernel/proof/tlog-proof.ts';
import { testContext } from '../support/scenario.ts';
import { someEntries } from '../support/synthetic-export.ts';

const entries = someEntries(5);
const roots = rangeRoots(entries.map(({ leaf }) => leaf));
const origin = `test.example/audit/${testContext.tenant}`;
const key = logKey(Buffer.alloc(32, 2), 'default');
const vkeysOf = (log: string): readonly string[] => [...key.verifierKeys(log)];
const others = 'test.example/audit/another';
const trust = trustFrom({
  keys: {},
  checkpoints: { origin, keys: [{ vkeys: [...vkeysOf(origin), ...vkeysOf(others)] }] },
});

const headOf = (size: number, log = origin): string =>
  key.note({ origin: log, root: roots(0, size), size }, 1_700_000_000);
const dataOf = (index: number): Buffer => {
  const [proven] = entries.slice(index);
  if (proven === undefined) throw new RangeError(`there is no entry ${index}`);
  return leafData(proven.entry);
};
const proof: LogProof = { extra: dataOf(2), index: 2, path: inclusionProof(2, 5, roots), checkpoint: headOf(5) };
const reasonOf = (changed: Partial<LogProof>): string | undefined =>
  checkProof(formatProof({ ...proof, ...changed }), trust).reason;

describe('the check of a proof', () => {
  it('gives the entry that is proved', () => {
    expect(checkProof(formatProof(proof), trust)).to.deep.equal({ entry: entries[2]?.entry, origin });
  });

  it('refuses a proof of another entry', () => {
    expect(reasonOf({ extra: dataOf(3) })).to.equal('its entry is 3, and the proof is of 2');
    expect(reasonOf({ extra: dataOf(3), index: 3 })).to.include('not in the tree of the checkpoint');
    const changed = dataOf(2).toString().replace('"subject":"2"', '"subject":"3"');
    expect(reasonOf({ extra: Buffer.from(changed) })).to.include('not in the tree of the checkpoint');
    expect(reasonOf({ extra: undefined })).to.include('carries no entry');
  });

  it('refuses a proof of another tenant', () => {
    expect(reasonOf({ checkpoint: headOf(5, others) })).to.equal(`the entry is not of the log ${others}`);
  });

  it('refuses a proof of another checkpoint', () => {
    expect(reasonOf({ checkpoint: headOf(4) })).to.include('not in the tree of the checkpoint');
    const kept = { size: 4, root: roots(0, 4) };
    expect(checkProof(formatProof(proof), trust, kept).reason).to.match(
      /is of the checkpoint of 5 entries.* another, of 4/,
    );
    const split = { size: 5, root: Buffer.alloc(32) };
    expect(checkProof(formatProof(proof), trust, split).entry).to.equal(undefined);
    expect(checkProof(formatProof(proof), trust, { size: 5, root: roots(0, 5) }).entry).to.not.equal(undefined);
  });

  it('refuses a checkpoint that nobody trusted has signed', () => {
    const forger = logKey(Buffer.alloc(32, 3), 'default');
    const forged = forger.note({ origin, root: roots(0, 5), size: 5 }, 1_700_000_000);
    expect(reasonOf({ checkpoint: forged })).to.include('no trusted key');
  });
});
