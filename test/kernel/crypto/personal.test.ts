import { expect } from 'chai';
import type { KeyStore } from '../../../src/kernel/crypto/key-store.ts';
import { createSealer } from '../../../src/kernel/crypto/sealer.ts';
import { type PersonalData, revealed, revealRows } from '../../../src/kernel/personal.ts';
import { StoreUnavailable } from '../../../src/kernel/unavailable.ts';
import { type KeyFixture, keyFixture } from '../../support/keys.ts';
import { rejected } from '../../support/rejected.ts';

const alice = { type: 'user', id: 'alice' } as const;
const bob = { type: 'user', id: 'bob' } as const;

describe('personal data', () => {
  let fixture: KeyFixture;
  const fresh = (): PersonalData => createSealer(fixture).personal;
  before(async () => {
    fixture = await keyFixture();
  });
  after(() => fixture.close());

  it('is sealed to the same text for the same person, and to another for anybody else', async () => {
    const [here, there] = [fresh(), fresh()];
    const sealed = await here.seal('acme', alice, '192.0.2.7');
    expect(sealed)
      .to.match(/^pd1\.[\w-]+\.[\w-]+$/)
      .and.not.include('192');
    expect(await there.seal('acme', alice, '192.0.2.7')).to.equal(sealed);
    const others = [
      await here.seal('acme', bob, '192.0.2.7'),
      await here.seal('globex', alice, '192.0.2.7'),
      await here.seal('acme', { type: 'agent', id: 'alice' }, '192.0.2.7'),
      await here.seal('acme', alice, '192.0.2.8'),
    ];
    expect(new Set([sealed, ...others]).size).to.equal(5);
    expect(await there.open('acme', sealed)).to.equal('192.0.2.7');
    expect(await there.open('globex', sealed)).to.equal(null);
  });

  it('asks the store once for a person, and goes on without it', async () => {
    let asked = 0;
    let isAway = false;
    const keyStore: KeyStore = Object.create(fixture.keyStore, {
      get: {
        value: async (tenant: string, keyId: string) => {
          asked++;
          if (isAway) throw new StoreUnavailable('away');
          return fixture.keyStore.get(tenant, keyId);
        },
      },
    });
    const { personal } = createSealer({ ...fixture, keyStore });
    const dora = { type: 'user', id: 'dora' } as const;
    const sealed = await Promise.all(
      ['192.0.2.7', 'curl', '192.0.2.7'].map((text) => personal.seal('acme', dora, text)),
    );
    await personal.open('acme', sealed[0] ?? '');
    const before = asked;
    isAway = true;
    expect(await personal.seal('acme', dora, 'curl')).to.equal(sealed[1]);
    expect(await personal.open('acme', sealed[0] ?? '')).to.equal('192.0.2.7');
    expect(asked).to.equal(before).and.be.at.most(4);
    expect(await rejected(personal.seal('acme', { type: 'user', id: 'never seen' }, 'x'))).to.be.instanceOf(
      StoreUnavailable,
    );
    isAway = false;
    expect(await personal.open('acme', await personal.seal('acme', { type: 'user', id: 'never seen' }, 'x'))).to.equal(
      'x',
    );
  });

  it('fits where a plain text did, however long', async () => {
    const sealed = await fresh().seal('acme', alice, 'x'.repeat(512));
    expect(sealed.length).to.be.at.most(500);
    expect(await fresh().open('acme', sealed)).to.equal('x'.repeat(280));
  });

  it('is gone with its key, and what comes later is under a new one', async () => {
    const [here, there] = [fresh(), fresh()];
    const [before, others] = [await here.seal('acme', alice, 'before'), await here.seal('acme', bob, 'theirs')];
    expect(await there.open('acme', before)).to.equal('before');
    const shredded = await here.shred('acme', alice);
    expect(shredded).to.have.lengthOf(1);
    expect(await here.open('acme', before)).to.equal(null);
    there.forget('acme', alice, shredded);
    expect(await there.open('acme', before)).to.equal(null);
    expect(await there.open('acme', others)).to.equal('theirs');
    const after = await here.seal('acme', alice, 'after');
    expect(await there.open('acme', after)).to.equal('after');
    expect(await here.shred('acme', alice)).to.have.lengthOf(2);
    expect(await fresh().open('acme', after)).to.equal(null);
  });

  it('leaves any other text as it is, and takes none that was changed', async () => {
    const personal = fresh();
    for (const text of ['', 'pd1.', 'curl/8', 'pd1.x.y']) expect(await personal.open('acme', text)).to.equal(text);
    const sealed = await personal.seal('acme', bob, 'agent');
    const changed = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`;
    expect(await personal.open('acme', changed)).to.equal(null);
  });

  it('is plain in rows and events that are shown, and null where it was erased', async () => {
    const personal = fresh();
    const carol = { type: 'user', id: 'carol' } as const;
    const [source, agent] = [
      await personal.seal('acme', carol, '192.0.2.9'),
      await personal.seal('acme', carol, 'curl'),
    ];
    const rows = [
      { source, user_agent: agent, n: 1 },
      { source: null, user_agent: 'plain', n: 2 },
    ];
    const event = { source, userAgent: agent, at: 'now' };
    expect(await revealRows(personal, 'acme', rows)).to.deep.equal([
      { source: '192.0.2.9', user_agent: 'curl', n: 1 },
      { source: null, user_agent: 'plain', n: 2 },
    ]);
    expect(await revealed(personal, 'acme', event)).to.deep.equal({
      source: '192.0.2.9',
      userAgent: 'curl',
      at: 'now',
    });
    await personal.shred('acme', carol);
    expect((await revealRows(personal, 'acme', rows))[0]).to.deep.equal({ source: null, user_agent: null, n: 1 });
    expect(await revealed(personal, 'acme', event)).to.deep.equal({ source: null, userAgent: null, at: 'now' });
  });
});
