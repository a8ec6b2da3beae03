import { randomBytes } from 'node:crypto';
import { ml_kem768_x25519 as xWing } from '@noble/post-quantum/hybrid.js';
import { expect } from 'chai';
import { openEnvelope, sealEnvelope } from '../../../src/kernel/crypto/envelope.ts';
import { NotAuthentic } from '../../../src/kernel/crypto/key-errors.ts';
import {
  type BoxContext,
  boxOverheadBytes,
  boxSizes,
  openBox,
  recipientKeyPair,
  sealTo,
} from '../../../src/kernel/crypto/sealed-box.ts';
import { hex, vectors } from '../../support/vectors.ts';

type XWing = readonly Record<'seed' | 'eseed' | 'ss' | 'sk' | 'pk' | 'ct', string>[];

const context: BoxContext = { recipient: 'agent-1', purpose: 'wrap', policy: 'p1', index: 0 };
const secret = Buffer.from('a share');

describe('sealed box', () => {
  const alice = recipientKeyPair();

  it('opens for its recipient alone', () => {
    const box = sealTo(alice.publicKey, context, secret);
    expect(box.length).to.equal(secret.length + boxOverheadBytes);
    expect(openBox(alice.secretKey, context, box).equals(secret)).to.equal(true);
    expect(() => openBox(recipientKeyPair().secretKey, context, box)).to.throw(NotAuthentic);
    expect(sealTo(alice.publicKey, context, secret).equals(box)).to.equal(false);
  });

  it('opens in its context alone', () => {
    const box = sealTo(alice.publicKey, context, secret);
    const changes: Partial<BoxContext>[] = [{ recipient: 'agent-2' }, { purpose: 'x' }, { policy: '' }, { index: 1 }];
    for (const change of changes) {
      expect(() => openBox(alice.secretKey, { ...context, ...change }, box), JSON.stringify(change)).to.throw(
        NotAuthentic,
      );
    }
  });

  it('shows a change of any byte, the encapsulation among them', () => {
    const box = sealTo(alice.publicKey, context, secret);
    const places = [0, 1, 2, 500, 1_087, 1_088, 1_089, 1_100, 1_120, 1_121, 1_133, box.length - 16, box.length - 1];
    for (const place of places) {
      const changed = Buffer.from(box);
      changed[place] = (changed[place] ?? 0) ^ 1;
      expect(() => openBox(alice.secretKey, context, changed), `byte ${place}`).to.throw(NotAuthentic);
    }
    for (const length of [0, 1, boxOverheadBytes - 1, box.length - 1]) {
      expect(() => openBox(alice.secretKey, context, box.subarray(0, length)), `cut to ${length}`).to.throw(
        NotAuthentic,
      );
    }
  });

  it('is refused to what is no key', () => {
    for (const key of [Buffer.alloc(0), randomBytes(1_215), Buffer.alloc(boxSizes.publicKey, 0xff)]) {
      expect(() => sealTo(key, context, secret)).to.throw(RangeError);
    }
    expect(() => openBox(randomBytes(31), context, sealTo(alice.publicKey, context, secret))).to.throw(RangeError);
  });

  it('stands on X-Wing as the known answers have it', () => {
    for (const known of vectors<XWing>('hybrid/xwing.json') ?? []) {
      const pair = recipientKeyPair(hex(known.seed));
      expect(pair.publicKey.toString('hex')).to.equal(known.pk);
      expect(pair.secretKey.toString('hex')).to.equal(known.sk);
      const { cipherText, sharedSecret } = xWing.encapsulate(hex(known.pk), hex(known.eseed));
      expect(Buffer.from(cipherText).toString('hex')).to.equal(known.ct);
      expect(Buffer.from(sharedSecret).toString('hex')).to.equal(known.ss);
      expect(Buffer.from(xWing.decapsulate(hex(known.ct), hex(known.sk))).toString('hex')).to.equal(known.ss);
    }
  });
});

describe('envelope', () => {
  const people = ['a', 'b', 'c'].map((recipient) => ({ recipient, ...recipientKeyPair() }));
  const [a, b] = people as [(typeof people)[number], (typeof people)[number]];
  const purpose = { purpose: 'request', policy: '2 of 3' };

  it('opens for each of its recipients and for nobody else', () => {
    const envelope = sealEnvelope(people, purpose, secret);
    for (const one of people) expect(openEnvelope(one, purpose, envelope).equals(secret)).to.equal(true);
    expect(() => openEnvelope({ ...a, recipient: 'd' }, purpose, envelope)).to.throw(NotAuthentic);
    expect(() => openEnvelope({ ...a, recipient: 'b' }, purpose, envelope)).to.throw(NotAuthentic);
    expect(() => openEnvelope(a, { ...purpose, policy: '1 of 3' }, envelope)).to.throw(NotAuthentic);
  });

  it('cannot hold two messages', () => {
    const [one, other] = [sealEnvelope(people, purpose, secret), sealEnvelope(people, purpose, Buffer.from('another'))];
    const mixed = { ...one, boxes: one.boxes.map((box, index) => (index === 1 ? (other.boxes[1] ?? box) : box)) };
    expect(openEnvelope(a, purpose, mixed).equals(secret)).to.equal(true);
    expect(() => openEnvelope(b, purpose, mixed)).to.throw(NotAuthentic, /committed/);
    expect(() => openEnvelope(a, purpose, { ...one, payload: other.payload })).to.throw(NotAuthentic);
    expect(() => openEnvelope(a, purpose, { ...one, commitment: other.commitment })).to.throw(
      NotAuthentic,
      /committed/,
    );
  });
});
