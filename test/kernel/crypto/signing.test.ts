import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { certifyDestruction, verifyDestruction } from '../../../src/kernel/crypto/certificate.ts';
import {
  hybridAlgorithms,
  hybridKey,
  type SigningProfile,
  verifyHybrid,
} from '../../../src/kernel/crypto/hybrid-signature.ts';
import { createDocumentSigner, type DocumentSignature, verifyDocument } from '../../../src/kernel/crypto/signing.ts';
import { vectors } from '../../support/vectors.ts';

const secret = randomBytes(32);
const signer = createDocumentSigner({ secret });
const cnsa = createDocumentSigner({ secret, profile: 'cnsa' });
const document = { size: '12345678901234567890', root: 'AAAA', nested: { b: 1, a: [true, null, 'ü'] } };

interface Composite {
  readonly m: string;
  readonly ctx: string;
  readonly tests: readonly {
    readonly tcId: string;
    readonly pk: string;
    readonly s: string;
    readonly sWithContext: string;
  }[];
}

describe('hybrid signature', () => {
  it('is the composite the drafts describe', () => {
    const known = vectors<Composite>('hybrid/mldsa-composite.json');
    const test = known?.tests.find(({ tcId }) => tcId === `id-${hybridAlgorithms.default.name}`);
    if (known === undefined || test === undefined) return;
    const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
    const halves = (text: string, at: number) => ({
      mlDsa: bytes(text).subarray(0, at),
      ed25519: bytes(text).subarray(at),
    });
    const message = bytes(known.m);
    const check = (context: Buffer, signature: string): boolean =>
      verifyHybrid(hybridAlgorithms.default, { message, context }, halves(signature, 3_309), halves(test.pk, 1_952));
    expect(check(Buffer.alloc(0), test.s)).to.equal(true);
    expect(check(bytes(known.ctx), test.sWithContext)).to.equal(true);
    expect(check(bytes(known.ctx), test.s)).to.equal(false);
  });

  for (const profile of ['default', 'cnsa'] satisfies SigningProfile[]) {
    it(`needs both halves in the profile ${profile}`, () => {
      const algorithm = hybridAlgorithms[profile];
      const [one, other] = [hybridKey(algorithm, secret), hybridKey(algorithm, randomBytes(32))];
      const signed = { message: Buffer.from('m'), context: Buffer.from('c') };
      const [signature, foreign] = [
        one.sign(signed.message, signed.context),
        other.sign(signed.message, signed.context),
      ];
      expect(verifyHybrid(algorithm, signed, signature, one.publicKey)).to.equal(true);
      for (const half of ['mlDsa', 'ed25519'] as const) {
        const mixed = { ...signature, [half]: foreign[half] };
        expect(verifyHybrid(algorithm, signed, mixed, one.publicKey), half).to.equal(false);
        const mixedKey = { ...one.publicKey, [half]: other.publicKey[half] };
        expect(verifyHybrid(algorithm, signed, signature, mixedKey), half).to.equal(false);
        const empty = { ...signature, [half]: Buffer.alloc(0) };
        expect(verifyHybrid(algorithm, signed, empty, one.publicKey), half).to.equal(false);
      }
    });
  }

  it('refuses a context longer than it can bind', () => {
    const key = hybridKey(hybridAlgorithms.default, secret);
    expect(() => key.sign(Buffer.alloc(1), Buffer.alloc(256))).to.throw(RangeError);
  });
});

describe('document signature', () => {
  it('verifies away from here, in whatever order the document is written', async () => {
    for (const [one, algorithm] of [
      [signer, 'MLDSA65-Ed25519-SHA512'],
      [cnsa, 'MLDSA87-Ed25519-SHA512'],
    ] as const) {
      const signature = JSON.parse(JSON.stringify(await one.sign('manifest', document))) as DocumentSignature;
      const publicKeys = JSON.parse(JSON.stringify(await one.publicKeys())) as Record<string, unknown>;
      expect(signature.algorithm).to.equal(algorithm);
      const { nested, root, size } = document;
      const reordered = { nested: { a: nested.a, b: nested.b }, root, size };
      expect(verifyDocument({ purpose: 'manifest', document: reordered, signature }, publicKeys)).to.deep.equal({
        valid: true,
        keyId: signature.keyId,
      });
    }
  });

  it('is made by the same key in every process, whichever profile is set', async () => {
    const elsewhere = createDocumentSigner({ secret, profile: 'cnsa' });
    const keys = await signer.publicKeys();
    expect(await elsewhere.publicKeys()).to.deep.equal(keys);
    expect(Object.keys(keys)).to.have.length(2);
    const signature = await elsewhere.sign('manifest', document);
    expect(verifyDocument({ purpose: 'manifest', document, signature }, keys)).to.have.property('valid', true);
  });

  it('does not pass for another purpose, document, key or form', async () => {
    const signature = await signer.sign('manifest', document);
    const keys = await signer.publicKeys();
    const foreign = await createDocumentSigner({ secret: randomBytes(32) }).publicKeys();
    const foreignKey = Object.values(foreign).find(({ algorithm }) => algorithm === signature.algorithm);
    const claim = { purpose: 'manifest', document, signature: signature as object };
    const flipped = (text: string): string => {
      const bytes = Buffer.from(text, 'base64');
      bytes[7] = (bytes[7] ?? 0) ^ 1;
      return bytes.toString('base64');
    };
    const cases: [string, { purpose: string; document: unknown; signature: unknown }, Record<string, unknown>][] = [
      ['purpose', { ...claim, purpose: 'checkpoint' }, keys],
      ['purpose in both', { ...claim, purpose: 'x', signature: { ...signature, purpose: 'x' } }, keys],
      ['document', { ...claim, document: { ...document, root: 'AAAB' } }, keys],
      ['added field', { ...claim, document: { ...document, more: 1 } }, keys],
      ['no document', { ...claim, document: undefined }, keys],
      ['untrusted', claim, foreign],
      ['no keys', claim, {}],
      ['prototype', { ...claim, signature: { ...signature, keyId: 'constructor' } }, keys],
      ['substituted key', claim, { [signature.keyId]: foreignKey }],
      ['malformed key', claim, { [signature.keyId]: { algorithm: signature.algorithm } }],
      ['algorithm', { ...claim, signature: { ...signature, algorithm: 'MLDSA87-Ed25519-SHA512' } }, keys],
      ['unknown algorithm', { ...claim, signature: { ...signature, algorithm: 'Ed25519' } }, keys],
      ['ML-DSA half', { ...claim, signature: { ...signature, mlDsa: flipped(signature.mlDsa) } }, keys],
      ['Ed25519 half', { ...claim, signature: { ...signature, ed25519: flipped(signature.ed25519) } }, keys],
      ['one half', { ...claim, signature: { ...signature, mlDsa: '' } }, keys],
      ['spelling', { ...claim, signature: { ...signature, ed25519: `${signature.ed25519}\n` } }, keys],
      ['extra field', { ...claim, signature: { ...signature, note: 'x' } }, keys],
      ['nothing', { ...claim, signature: undefined }, keys],
    ];
    for (const [name, changed, trusted] of cases) {
      expect(verifyDocument(changed, trusted), name).to.have.property('valid', false);
    }
  });
});

describe('destruction certificate', () => {
  const facts = {
    tenant: 'acme',
    subjectType: 'vault.secret',
    subjectId: 's1',
    subjectVersion: 3,
    keyId: '0f3c2c63-5d0b-4f2e-9a3b-7f6d1c0e4b8a',
    method: 'data key destroyed',
    destroyedAt: '2026-05-01T00:00:00.000Z',
  };

  it('is written, signed and verified offline', async () => {
    const signed = await certifyDestruction(signer, facts);
    const sent = JSON.parse(JSON.stringify(signed)) as typeof signed;
    expect(sent.certificate).to.include(facts);
    expect(verifyDestruction(sent, await signer.publicKeys())).to.have.property('valid', true);
  });

  it('fails with any field changed, taken away or added', async () => {
    const { certificate, signature } = await certifyDestruction(signer, facts);
    const keys = await signer.publicKeys();
    for (const field of Object.keys(certificate)) {
      const changed = { ...certificate, [field]: field === 'subjectVersion' ? 4 : 'x' };
      expect(verifyDestruction({ certificate: changed, signature }, keys), field).to.have.property('valid', false);
      const { [field as keyof typeof certificate]: _, ...less } = certificate;
      expect(verifyDestruction({ certificate: less, signature }, keys), field).to.have.property('valid', false);
    }
    const more = { ...certificate, subjectVersions: 9 };
    expect(verifyDestruction({ certificate: more, signature }, keys)).to.have.property('valid', false);
  });

  it('is not any signed document that happens to look alike', async () => {
    const { certificate } = await certifyDestruction(signer, facts);
    const signature = await signer.sign('manifest', certificate);
    expect(verifyDestruction({ certificate, signature }, await signer.publicKeys())).to.have.property('valid', false);
  });
});
