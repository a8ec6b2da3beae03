import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { createCheckpointSigner } from '../../../src/kernel/proof/checkpoint-signer.ts';
import { logKey } from '../../../src/kernel/proof/log-signer.ts';
import { MalformedNote, parseNote, verifiedBy, verifierKey } from '../../../src/kernel/proof/signed-note.ts';
import { checkpointVerifier } from '../../../src/kernel/proof/verifiers.ts';
import { plainSigners } from '../../support/plain-proofs.ts';
import { rejected } from '../../support/rejected.ts';
import { testWitness } from '../../support/witness.ts';

const secret = (text: string): Buffer => createHash('sha256').update(text).digest();
const checkpoint = { origin: 'keyledger.example/audit/acme', size: 7, root: secret('root') };
const key = logKey(secret('one'), 'default');
const vkeys = key.verifierKeys(checkpoint.origin);
const verifiers = vkeys.map(checkpointVerifier);

describe('the key of a log', () => {
  it('signs with Ed25519, ML-DSA-44 and ML-DSA-65, or ML-DSA-87 where CNSA asks for it', () => {
    const common = ['Ed25519', 'ML-DSA-44 cosignature'];
    expect(plainSigners(key.note(checkpoint, 1_767_225_600), vkeys)).to.deep.equal([...common, 'ML-DSA-65']);
    const cnsa = logKey(secret('one'), 'cnsa');
    expect(cnsa.verifierKeys(checkpoint.origin)).to.deep.equal(vkeys);
    expect(plainSigners(cnsa.note(checkpoint, 1_767_225_600), vkeys)).to.deep.equal([...common, 'ML-DSA-87']);
  });

  it('is verified by its verifier keys, and by no other log’s', () => {
    const note = parseNote(key.note(checkpoint, 1_767_225_600));
    const algorithms = (keys: readonly string[]): readonly string[] =>
      verifiedBy(note, keys.map(checkpointVerifier)).map((by) => (by as (typeof verifiers)[number]).algorithm);
    expect(algorithms(vkeys)).to.deep.equal(['Ed25519', 'ML-DSA-44', 'ML-DSA-65']);
    expect(algorithms(key.verifierKeys('keyledger.example/audit/globex'))).to.deep.equal([]);
    expect(algorithms(logKey(secret('two'), 'default').verifierKeys(checkpoint.origin))).to.deep.equal([]);
  });

  it('vouches for no other size, root or time, and for nothing cut', () => {
    const note = parseNote(key.note(checkpoint, 1_767_225_600));
    const other = parseNote(key.note({ ...checkpoint, size: 8 }, 1_767_225_600));
    for (const verifier of verifiers.slice(0, 3)) {
      const line = note.signatures.find(({ keyId }) => keyId.equals(verifier.keyId));
      const signature = line?.signature ?? Buffer.alloc(0);
      expect(verifier.verify(note.text, signature)).to.equal(true);
      expect(verifier.verify(other.text, signature)).to.equal(false);
      expect(verifier.verify('not a checkpoint\n', signature)).to.equal(false);
      for (const length of [0, 8, 64, signature.length - 1])
        expect(verifier.verify(note.text, signature.subarray(0, length))).to.equal(length === signature.length);
      const later = Buffer.from(signature);
      later[7] = (later[7] ?? 0) ^ 1;
      expect(verifier.verify(note.text, later)).to.equal(false);
    }
  });

  it('is not read from what is no key', () => {
    const of = (...bytes: readonly Uint8Array[]): string => verifierKey('log.example', Buffer.concat(bytes));
    const wrong = [
      of(Buffer.of(1), Buffer.alloc(31)),
      of(Buffer.of(2), Buffer.alloc(32)),
      of(Buffer.of(6), Buffer.alloc(1_311)),
      of(Buffer.of(255), Buffer.from('keyledger/ml-dsa-65'), Buffer.alloc(1_951)),
      of(Buffer.of(255), Buffer.from('keyledger/ml-dsa-44'), Buffer.alloc(1_312)),
      'log.example+00000000+AQ==',
      'log.example',
    ];
    for (const vkey of wrong) expect(() => checkpointVerifier(vkey), vkey.slice(0, 60)).to.throw(MalformedNote);
    const [ed25519] = testWitness('witness.example').vkeys;
    expect(checkpointVerifier(ed25519)).to.include({ kind: 'cosigner', algorithm: 'Ed25519' });
  });
});

describe('the signer of checkpoints', () => {
  it('knows when each of its keys was the one', async () => {
    const rotations: string[] = [];
    const asked: number[] = [];
    const signer = createCheckpointSigner({
      installation: 'keyledger.example',
      profile: 'default',
      secretOf: async (version) => {
        asked.push(version);
        return secret(`v${version}`);
      },
      rotatedAt: async (nth) => rotations[nth],
    });
    expect(await signer.keys()).to.deep.equal([{ version: 1 }]);
    rotations.push('2026-01-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z');
    expect(await signer.keys()).to.deep.equal([
      { version: 1, until: rotations[0] },
      { version: 2, from: rotations[0], until: rotations[1] },
      { version: 3, from: rotations[1] },
    ]);
    const [first, second] = [await signer.verifierKeys(1, 'a'), await signer.verifierKeys(2, 'a')];
    expect(first).not.to.deep.equal(second);
    const note = await signer.note(checkpoint, { version: 2, seconds: 1 });
    expect(plainSigners(note, await signer.verifierKeys(2, checkpoint.origin))).to.have.lengthOf(3);
    expect(asked).to.deep.equal([1, 2]);
  });

  it('signs nothing while its secret cannot be had', async () => {
    const away = new Error('away');
    const signer = createCheckpointSigner({
      installation: 'keyledger.example',
      profile: 'default',
      secretOf: () => Promise.reject(away),
      rotatedAt: async () => undefined,
    });
    expect(await rejected(signer.note(checkpoint, { version: 1, seconds: 1 }))).to.equal(away);
  });
});
