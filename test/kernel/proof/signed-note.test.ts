import { createPublicKey, verify as verifySignature } from 'node:crypto';
import { expect } from 'chai';
import {
  checkpointText,
  cosignedMessage,
  cosignedText,
  parseCheckpoint,
  parseTimestampedSignature,
  timestampedSignature,
} from '../../../src/kernel/proof/checkpoint.ts';
import {
  formatNote,
  MalformedNote,
  noteKeyId,
  parseNote,
  parseVerifierKey,
  type Verifier,
  verifiedBy,
  verifierKey,
} from '../../../src/kernel/proof/signed-note.ts';

/** The example of C2SP signed-note. */
const vkey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const text = 'This is an example message.\n';
const note = `${text}\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n`;

function ed25519(key: string): Verifier {
  const { name, typed } = parseVerifierKey(key);
  const x = typed.subarray(1).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return {
    name,
    keyId: noteKeyId(name, typed),
    verify: (body, signature) => verifySignature(null, Buffer.from(body), publicKey, signature),
  };
}

describe('signed notes', () => {
  it('hold the example of their specification', () => {
    const parsed = parseNote(note);
    expect(parsed.text).to.equal(text);
    expect(verifiedBy(parsed, [ed25519(vkey)]).map(({ name }) => name)).to.deep.equal(['example.com/foo']);
    expect(formatNote(parsed)).to.equal(note);
    const { name, typed } = parseVerifierKey(vkey);
    expect(verifierKey(name, typed)).to.equal(vkey);
  });

  it('pass over unknown keys and are spoilt by a bad signature of a known one', () => {
    const parsed = parseNote(note);
    const stranger = { ...ed25519(vkey), name: 'example.com/bar' };
    expect(verifiedBy(parsed, [stranger])).to.deep.equal([]);
    const other = { ...parsed, text: 'This is another message.\n' };
    expect(() => verifiedBy(other, [ed25519(vkey)])).to.throw(MalformedNote);
  });

  for (const [what, bad] of [
    ['no signature', `${text}\n`],
    ['no empty line', note.replace('\n\n', '\n')],
    ['no final newline', note.slice(0, -1)],
    ['a control character', note.replace('example message', 'example\u0007message')],
    ['a carriage return', note.replace('message.', 'message.\r')],
    ['sloppy base64', note.replace('aQM=\n', 'aQM\n')],
    ['a plus in the name', note.replace('example.com/foo ', 'example.com+foo ')],
  ] as const) {
    it(`are refused with ${what}`, () => {
      expect(() => parseNote(bad)).to.throw(MalformedNote);
    });
  }
});

describe('checkpoints', () => {
  const body = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';

  it('are read and written as their specification shows', () => {
    const checkpoint = parseCheckpoint(body);
    expect(checkpoint).to.deep.include({ origin: 'example.com/behind-the-sofa', size: 20852163 });
    expect(checkpointText(checkpoint)).to.equal(body);
  });

  for (const bad of [
    '',
    'a\n1\n',
    body.slice(0, -1),
    body.replace('20852163', '020852163'),
    body.replace('q2I=', 'q2I'),
    `${body}\n`,
  ]) {
    it(`refuse ${JSON.stringify(bad.slice(-30))}`, () => {
      expect(() => parseCheckpoint(bad)).to.throw(MalformedNote);
    });
  }

  it('are cosigned over header and time, or over the structure', () => {
    const checkpoint = parseCheckpoint(body);
    expect(cosignedText(1679315147, body).toString()).to.equal(`cosignature/v1\ntime 1679315147\n${body}`);
    const message = cosignedMessage({ checkpoint, cosigner: 'w.example', timestamp: 5 });
    expect(message.length).to.equal(12 + 1 + 9 + 8 + 1 + 27 + 8 + 8 + 32);
    expect(message.subarray(0, 22).toString('latin1')).to.equal('subtree/v1\n\0\u0009w.example');
    const stamped = timestampedSignature(5, Buffer.from('signature'));
    expect(parseTimestampedSignature(stamped)).to.deep.equal({ timestamp: 5, signature: Buffer.from('signature') });
  });
});
