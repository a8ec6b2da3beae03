import { expect } from 'chai';
import type { KeyStore } from '../../src/kernel/crypto/key-store.ts';
import { createSealer, type RotatingSealer } from '../../src/kernel/crypto/sealer.ts';
import { contentIn, isPayload, OpenedPayload, payloadSeal, sealPayload } from '../../src/kernel/payload.ts';
import { revealRows } from '../../src/kernel/personal.ts';
import { StoreUnavailable } from '../../src/kernel/unavailable.ts';
import { type KeyFixture, keyFixture } from '../support/keys.ts';
import { rejected } from '../support/rejected.ts';

const content = { note: 'said in confidence', list: [1, null, { deep: 'é' }] };

describe('sealed payloads', () => {
  let fixture: KeyFixture;
  let sealer: RotatingSealer;
  before(async () => {
    fixture = await keyFixture();
    sealer = createSealer(fixture);
  });
  after(() => fixture.close());

  const sealed = async () => {
    const payload = await sealPayload(sealer, 'acme', content);
    if (payload === undefined) throw new Error('nothing was sealed');
    return payload;
  };
  const shown = async (text: string, tenant = 'acme') =>
    (await revealRows(sealer.personal, tenant, [{ payload: text }]))[0]?.['payload'];

  it('are opened in rows, in their tenant', async () => {
    const payload = await sealed();
    expect(JSON.stringify(payload)).to.not.include('confidence');
    expect(contentIn(await shown(payload.sealed))).to.deep.equal(content);
    expect(await shown(payload.sealed, 'globex')).to.equal(null);
    expect(contentIn(null)).to.deep.equal({});
    expect(await sealPayload(sealer, 'acme', {})).to.equal(undefined);
  });

  it('commit to what was sealed, and tell nothing by it', async () => {
    const [one, other] = [await sealed(), await sealed()];
    expect(one.commitment).to.not.equal(other.commitment);
    const opened = OpenedPayload.parse(JSON.parse(String(await shown(one.sealed))));
    expect(isPayload(opened, one)).to.equal(true);
    expect(isPayload(opened, other)).to.equal(false);
    expect(isPayload({ ...opened, content: { ...content, note: 'something else' } }, one)).to.equal(false);
  });

  it('are gone with their key, and no other is', async () => {
    const [one, other] = [await sealed(), await sealed()];
    expect(await shown(one.sealed)).to.be.a('string');
    const keyId = String(payloadSeal(one.sealed)?.keyId);
    for (let times = 0; times < 2; times++) await sealer.shred('acme', keyId);
    expect(await shown(one.sealed)).to.equal(null);
    expect(await createSealer(fixture).personal.open('acme', one.sealed)).to.equal(null);
    expect(await shown(other.sealed)).to.be.a('string');
  });

  it('that were changed are as good as gone, and a store that is away is said to be', async () => {
    const { sealed: text } = await sealed();
    const { keyId = '', sealed: base64 = '' } = payloadSeal(text) ?? {};
    const bytes = Buffer.from(base64, 'base64');
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    expect(await shown(`pl1.${keyId}.${bytes.toString('base64')}`)).to.equal(null);
    expect(await shown(text.replace(keyId, '0e0e0e0e-0000-4000-8000-000000000001'))).to.equal(null);
    const keyStore: KeyStore = Object.create(fixture.keyStore, {
      get: { value: () => Promise.reject(new StoreUnavailable('away')) },
    });
    const { personal } = createSealer({ ...fixture, keyStore });
    expect(await rejected(personal.open('acme', text))).to.be.instanceOf(StoreUnavailable);
  });
});
