import { expect } from 'chai';
import { createPasswords, TooBusy } from '../../../src/kernel/crypto/passwords.ts';
import { StoreUnavailable } from '../../../src/kernel/unavailable.ts';
import { rejected } from '../../support/rejected.ts';

describe('passwords', () => {
  it('are hashed by argon2id at 19 MiB, two passes and one lane, each with a salt of its own', async () => {
    const passwords = createPasswords();
    const [one, other] = await Promise.all([passwords.hash('a password'), passwords.hash('a password')]);
    expect(one).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).to.not.equal(other);
    expect(await passwords.verify(one, 'a password')).to.equal(true);
    expect(await passwords.verify(one, 'another')).to.equal(false);
  });

  it('are the same however the keyboard composes them', async () => {
    const passwords = createPasswords();
    const composed = await passwords.hash('pässwörd');
    expect(await passwords.verify(composed, 'pa\u0308sswo\u0308rd')).to.equal(true);
  });

  it('do the whole work for nobody, and match nobody', async () => {
    const passwords = createPasswords({ atOnce: 1, waiting: 0 });
    const work = passwords.verify(undefined, '');
    expect(await rejected(passwords.verify(undefined, ''))).to.be.instanceOf(TooBusy);
    expect(await work).to.equal(false);
  });

  it('refuse what would wait too long, and recover', async () => {
    const passwords = createPasswords({ atOnce: 2, waiting: 3 });
    const asked = Array.from({ length: 8 }, (_, index) => passwords.hash(`p${index}`));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status === 'fulfilled')).to.deep.equal([
      ...Array.from({ length: 5 }, () => true),
      ...Array.from({ length: 3 }, () => false),
    ]);
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    for (const error of refused) expect(error).to.be.instanceOf(TooBusy).and.instanceOf(StoreUnavailable);
    expect(await Promise.all([1, 2, 3, 4, 5].map((n) => passwords.hash(`q${n}`)))).to.have.length(5);
  });

  it('give their place back where a stored hash is none', async () => {
    const passwords = createPasswords({ atOnce: 1, waiting: 0 });
    await rejected(passwords.verify('no hash', 'p'));
    expect(await passwords.verify(undefined, 'p')).to.equal(false);
  });
});
