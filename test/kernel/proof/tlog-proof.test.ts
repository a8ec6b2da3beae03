import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { inclusionProof, leafHash, rangeRoots } from '../../../src/kernel/crypto/merkle.ts';
import { checkpointText } from '../../../src/kernel/proof/checkpoint.ts';
import { formatNote, MalformedNote } from '../../../src/kernel/proof/signed-note.ts';
import { formatProof, type LogProof, parseProof, provenBy } from '../../../src/kernel/proof/tlog-proof.ts';

const leaves = ['a', 'b', 'c', 'd', 'e'].map((text) => leafHash(Buffer.from(text)));
const roots = rangeRoots(leaves);
const text = checkpointText({ origin: 'log.example', size: 5, root: roots(0, 5) });
const signature = createHash('sha512').digest();
const checkpoint = formatNote({ text, signatures: [{ name: 'log.example', keyId: Buffer.alloc(4), signature }] });
const proof: LogProof = { extra: Buffer.from('c'), index: 2, path: inclusionProof(2, 5, roots), checkpoint };
const leaf = (index: number): Buffer => leaves[index] ?? Buffer.alloc(0);

describe('a tlog-proof', () => {
  it('is written as C2SP says, and read again', () => {
    const written = formatProof(proof);
    const [magic, extra, index, ...path] = (written.split('\n\n')[0] ?? '').split('\n');
    expect([magic, extra, index]).to.deep.equal(['c2sp.org/tlog-proof@v1', 'extra Yw==', 'index 2']);
    expect(path).to.deep.equal(proof.path.map((hash) => hash.toString('base64')));
    expect(written.endsWith(`\n\n${checkpoint}`)).to.equal(true);
    expect(parseProof(written)).to.deep.equal(proof);
    const { extra: _, ...bare } = proof;
    expect(parseProof(formatProof({ ...bare, extra: undefined }))).to.deep.equal({ ...bare, extra: undefined });
  });

  it('leads from its leaf to the checkpoint, and from no other', () => {
    expect(provenBy(proof, leaf(2))?.text).to.equal(text);
    expect(provenBy(proof, leaf(3))).to.equal(undefined);
    expect(provenBy({ ...proof, index: 3 }, leaf(2))).to.equal(undefined);
    expect(provenBy({ ...proof, path: proof.path.slice(1) }, leaf(2))).to.equal(undefined);
    const other = formatNote({
      text: checkpointText({ origin: 'log.example', size: 4, root: roots(0, 4) }),
      signatures: [{ name: 'log.example', keyId: Buffer.alloc(4), signature }],
    });
    expect(provenBy({ ...proof, checkpoint: other }, leaf(2))).to.equal(undefined);
  });

  it('is refused where it is not one', () => {
    const written = formatProof(proof);
    const wrong = [
      '',
      checkpoint,
      written.replace('@v1', '@v2'),
      written.replace('index 2', 'index 02'),
      written.replace('index 2', 'index -1'),
      written.replace('index 2\n', ''),
      written.replace('Yw==', 'Y'),
      written.replace(proof.path[0]?.toString('base64') ?? '', 'AAAA'),
    ];
    for (const each of wrong) expect(() => parseProof(each), each).to.throw(MalformedNote);
  });
});
