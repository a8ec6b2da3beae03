import { expect } from 'chai';
import { lead, OfficeLost, type Term, untilAborted } from '../../../src/adapters/effects/lease.ts';
import { connectDatabase, type Database } from '../../../src/adapters/postgres/database.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { newInstallation, until } from './kit.ts';

describe('an office', () => {
  const timings = { expiryMs: 1_000, heartbeatMs: 200, pollMs: 100 };
  const seekers: { stop(): Promise<void> }[] = [];
  let owner: Database;
  before(async function () {
    this.timeout(60_000);
    owner = connectDatabase((await newInstallation()).ownerUrl);
  });
  afterEach(() => Promise.all(seekers.splice(0).map((each) => each.stop())));
  after(() => owner.close());

  function seek(name: string, terms: Term[], work?: (term: Term) => Promise<void>): { stop(): Promise<void> } {
    const seeker = lead({
      owner,
      name,
      telemetry: silent,
      timings,
      work: async (term) => {
        terms.push(term);
        await (work ?? (({ signal }) => untilAborted(signal)))(term);
      },
    });
    seekers.push(seeker);
    return seeker;
  }
  const write = (term: Term | undefined): Promise<unknown> =>
    owner
      .transaction(async (run) => term?.fence(run))
      .then(
        () => 'written',
        (error) => error,
      );

  it('has one holder, and another as soon as it is given up', async () => {
    const one: Term[] = [];
    const two: Term[] = [];
    const first = seek('given-up', one);
    await until(async () => one.length === 1);
    seek('given-up', two);
    await first.stop();
    await until(async () => two.length === 1);
    expect(one[0]?.signal.aborted).to.equal(true);
    expect(Number(two[0]?.epoch)).to.be.above(Number(one[0]?.epoch));
  });

  it('ends when somebody else took it, and nothing is written in its name any more', async () => {
    const terms: Term[] = [];
    seek('taken', terms);
    await until(async () => terms.length === 1);
    expect(await write(terms[0])).to.equal('written');
    // As after a pause longer than the lease.
    await owner.run(sql`update kernel.leases set epoch = epoch + 1, holder = 'other' where name = 'taken'`);
    expect(await write(terms[0])).to.be.instanceOf(OfficeLost);
    await until(async () => terms[0]?.signal.aborted);
  });

  it('is sought again when its work fails', async () => {
    const terms: Term[] = [];
    seek('failing', terms, async ({ signal }) => {
      if (terms.length === 1) throw new Error('no');
      await untilAborted(signal);
    });
    await until(async () => terms.length === 2);
  });
});
