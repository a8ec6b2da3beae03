import { expect } from 'chai';
import { getEntryBundle } from '../../../queries/audit/get-entry-bundle.ts';
import { entryRow } from '../../../src/domain/audit/entry-rows.ts';
import { leafHash } from '../../../src/kernel/crypto/merkle.ts';
import type { FileBody } from '../../../src/kernel/file.ts';
import { entryOf, leafData, payloadOf } from '../../../src/kernel/proof/entry.ts';
import { codeOf } from '../../support/answers.ts';
import { storedEvent } from '../../support/controls/checkpoints.ts';
import { testContext } from '../../support/scenario.ts';

describe('getEntryBundle', () => {
  const entry = entryOf(0, storedEvent);
  const leaf = leafHash(leafData(entry));
  const row = entryRow(entry, storedEvent, { chain: leaf, leaf, payload: payloadOf(storedEvent) });

  it('gives entries behind their lengths', () => {
    const { content } = getEntryBundle.respond([row, row], { index: '000.p/2' }, testContext) as FileBody;
    const bundle = content as Buffer;
    const length = bundle.readUInt16BE(0);
    expect(bundle.length).to.equal(2 * (length + 2));
    expect(leafHash(bundle.subarray(2, 2 + length))).to.deep.equal(leaf);
  });

  it('refuses what it cannot fill', () => {
    for (const index of ['000.p/2', '000'])
      expect(codeOf(getEntryBundle.respond([row], { index }, testContext))).to.equal('BundleMissing');
    expect(codeOf(getEntryBundle.respond([], { index: 'no tile' }, testContext))).to.equal('BundleMissing');
  });
});
