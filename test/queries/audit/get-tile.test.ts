import { expect } from 'chai';
import { getTile } from '../../../queries/audit/get-tile.ts';
import { codeOf } from '../../support/answers.ts';
import { testContext } from '../../support/scenario.ts';

describe('getTile', () => {
  const ask = (index: string, hashes?: Buffer): unknown =>
    codeOf(getTile.respond(hashes === undefined ? [] : [{ hashes }], { level: '0', index, tree: 'log' }, testContext));
  const hashes = Buffer.alloc(200 * 32, 7);

  it('gives the first hashes of a tile that has grown since', () => {
    expect(ask('000.p/150', hashes)).to.deep.include({ content: hashes.subarray(0, 150 * 32) });
  });

  it('refuses a tile that is not there, not that wide, or not written so', () => {
    for (const index of ['000', '000.p/201']) expect(ask(index, hashes)).to.equal('TileMissing');
    expect(ask('001')).to.equal('TileMissing');
    expect(ask('1/../2')).to.equal('TileMissing');
  });
});
