import { expect } from 'chai';
import { v4 as uuidv4 } from 'uuid';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { streamName } from '../../../src/kernel/codec.ts';
import { createSealer } from '../../../src/kernel/crypto/sealer.ts';
import type { EventLog } from '../../../src/kernel/log.ts';
import type { PersonalData } from '../../../src/kernel/personal.ts';
import { CredentialFailures } from '../../../src/kernel/pipeline/credential-failures.ts';
import { type KeyFixture, keyFixture } from '../../support/keys.ts';
import { stillClock } from '../../support/pipeline.ts';
import { sharedStores } from '../../support/stores.ts';

describe('failures without a valid credential', () => {
  let log: EventLog;
  let keys: KeyFixture;
  let personal: PersonalData;
  before(async () => {
    keys = await keyFixture();
    personal = createSealer(keys).personal;
    log = connectEventLog((await sharedStores().freshEventNode()).url);
  });
  after(async () => {
    await log.close();
    await keys.close();
  });

  const factsOf = async (tenant: string): Promise<readonly unknown[]> => {
    const facts: unknown[] = [];
    for await (const { data } of log.readStream(streamName('audit.Request', tenant, '2026-01-01'))) {
      const { source, ...rest } = data as { readonly source: string };
      facts.push({ source: await personal.open(tenant, source), sealed: source.startsWith('pd1.'), ...rest });
    }
    return facts;
  };

  it('are one fact a source, account and minute, in the tenant whose account was tried, sealed for its owner', async () => {
    const failures = new CredentialFailures(log, stillClock(), personal);
    const bob = { tenant: uuidv4(), userId: 'bob' };
    for (const accused of [undefined, bob, bob, { ...bob, userId: 'carol' }]) failures.count('192.0.2.1', accused);
    failures.count('192.0.2.2', bob);
    await failures.flush();
    const minute = '2026-01-01T00:00:00.000Z';
    expect(await factsOf(bob.tenant)).to.deep.equal([
      { source: '192.0.2.1', sealed: true, minute, count: 2, userId: 'bob' },
      { source: '192.0.2.1', sealed: true, minute, count: 1, userId: 'carol' },
      { source: '192.0.2.2', sealed: true, minute, count: 1, userId: 'bob' },
    ]);
    expect(await factsOf('platform')).to.deep.equal([{ source: '192.0.2.1', sealed: false, minute, count: 1 }]);
  });

  it('are no more facts than a bound, however many sources there are', async () => {
    const clock = stillClock('2026-01-01T00:01:00.000Z');
    const failures = new CredentialFailures(log, clock, personal);
    const before = (await factsOf('platform')).length;
    for (let source = 0; source < 1_500; source++) failures.count(`source ${source}`);
    await failures.flush();
    const facts = (await factsOf('platform')).slice(before) as { source: string; count: number }[];
    expect(facts).to.have.length(1_001);
    expect(facts.at(-1)).to.include({ source: 'others', count: 500 });
  });

  it('are kept where the log is away, and written the next time', async () => {
    let isAway = true;
    const tenant = uuidv4();
    const flaky = Object.create(log, {
      append: {
        value: (...given: Parameters<EventLog['append']>) =>
          isAway ? Promise.reject(new Error('away')) : log.append(...given),
      },
    }) as EventLog;
    const failures = new CredentialFailures(flaky, stillClock(), personal);
    failures.count('192.0.2.1', { tenant, userId: 'bob' });
    await failures.flush();
    expect(await factsOf(tenant)).to.deep.equal([]);
    isAway = false;
    failures.count('192.0.2.1', { tenant, userId: 'bob' });
    await failures.flush();
    expect((await factsOf(tenant)) as object[]).to.have.nested.property('[0].count', 2);
  });

  it('are written when the log is back, even if nobody fails any more', async () => {
    const tenant = uuidv4();
    let refused = 0;
    const flaky = Object.create(log, {
      append: {
        value: (...given: Parameters<EventLog['append']>) =>
          ++refused < 3 ? Promise.reject(new Error('away')) : log.append(...given),
      },
    }) as EventLog;
    new CredentialFailures(flaky, stillClock(), personal, 10).count('192.0.2.1', { tenant, userId: 'bob' });
    let facts = await factsOf(tenant);
    while (facts.length === 0) facts = await factsOf(tenant);
    expect(facts as object[]).to.have.nested.property('[0].count', 1);
  });
});
