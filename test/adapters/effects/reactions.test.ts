import { expect } from 'chai';
import { connectDatabase } from '../../../src/adapters/postgres/database.ts';
import { dispatch, job, reaction } from '../../../src/kernel/reaction.ts';
import { rawSql, sql } from '../../../src/kernel/sql.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { when } from '../../../src/kernel/when.ts';
import {
  allDone,
  type Domain,
  type Installation,
  type Kit,
  newInstallation,
  opened,
  place,
  queueAgain,
  sent,
  startKit,
  timeComes,
  until,
} from './kit.ts';

describe('effects of facts', function () {
  this.timeout(40_000);
  let installation: Installation;
  let kit: Kit | undefined;
  beforeEach(async () => {
    installation = await newInstallation();
  });
  afterEach(async () => {
    await kit?.stop();
    kit = undefined;
  });

  it('runs a command and a job for a fact, once', async () => {
    kit = await startKit(installation);
    await place(kit, 'order-1', [{ name: 'thanks' }]);
    const rows = await allDone(kit.owner, 2);
    expect(rows.map((row) => [row['kind'], row['queue'], row['tenant_id'], row['attempts']])).to.have.deep.members([
      ['dispatch', 'dispatch', 'acme', 1],
      ['job', 'letters', 'acme', 1],
    ]);
    expect(await opened(kit, 'order-1')).to.equal(1);
    expect(Object.values(await sent(kit.owner))).to.deep.equal([1]);
  });

  it('ties the command to the fact, and says which reaction asked', async () => {
    kit = await startKit(installation);
    const { Order, Parcel } = kit.domain;
    await place(kit, 'order-1');
    await allDone(kit.owner, 1);
    const [cause] = await eventsOf(kit, `${Order.name}-acme.order-1`);
    const [effect] = await eventsOf(kit, `${Parcel.name}-acme.order-1`);
    expect(effect?.metadata).to.deep.include({
      actor: { type: 'system', id: kit.domain.ship.name },
      $causationId: cause?.id,
      $correlationId: cause?.metadata['$correlationId'],
    });
  });

  it('is one command when its job is queued twice', async () => {
    kit = await startKit(installation);
    await place(kit, 'order-1');
    const [row] = await allDone(kit.owner, 1);
    // The row forgets that it is done, as if the process had died before saying so.
    await kit.owner.run(sql`update kernel.effects set status = 'pending', done_at = null, enqueued_in = null`);
    await until(async () => (await kit?.owner.run(sql`select 1 from kernel.effects where attempts > 1`))?.length === 1);
    await allDone(kit.owner, 1);
    expect(await opened(kit, 'order-1')).to.equal(1);
    await queueAgain(installation, 'dispatch', String(row?.['effect_key']));
    expect(await opened(kit, 'order-1')).to.equal(1);
    expect((await allDone(kit.owner, 1))[0]).to.include({ attempts: 2 });
  });

  it('runs the commands of a job under keys of its own', async () => {
    kit = await startKit(installation);
    await place(kit, 'order-1', [{ stamp: 'blue', failures: 1 }]);
    await allDone(kit.owner, 2);
    const stamps = (await eventsOf(kit, `${kit.domain.Parcel.name}-acme.order-1`)).filter(({ type }) =>
      type.endsWith('.Stamped'),
    );
    expect(stamps).to.have.length(2);
  });

  it('records a refusal as done: it is a fact', async () => {
    kit = await startKit(installation);
    await place(kit, 'unwanted-1');
    const [row] = await allDone(kit.owner, 1);
    expect(row?.['last_error']).to.match(/refused with 409 Unwanted/);
    expect(row?.['attempts']).to.equal(1);
  });

  it('asks again when the answer was that a store is away', async () => {
    let answers = 0;
    kit = await startKit(installation, {
      executeAs: (pipeline) => async (endpoint, input, principal, info) =>
        answers++ === 0
          ? { status: 503, rejection: { code: 'StoreUnavailable' } }
          : pipeline.executeAs(endpoint, input, principal, info),
    });
    await place(kit, 'order-1');
    expect((await allDone(kit.owner, 1))[0]).to.include({ attempts: 2 });
    expect(await opened(kit, 'order-1')).to.equal(1);
  });

  it('shows a job as failed after its attempts, and goes on trying', async () => {
    // A claim that outlives every pause of a busy machine: one that runs out is one more attempt.
    kit = await startKit({ ...installation, timings: { ...installation.timings, claimMs: 20_000 } });
    const { owner } = kit;
    await place(kit, 'order-1', [{ failures: 3 }]);
    const failed = await until(
      async () => (await owner.run(sql`select * from kernel.effects where status = 'failed'`))[0],
    );
    expect(failed).to.include({ attempts: 3, last_error: 'Error: the letter box is shut (3)' });
    await timeComes(installation, owner);
    await allDone(owner, 2);
    expect(Object.values(await sent(owner))).to.deep.equal([1]);
  });

  it('holds an event a reaction fails on, goes on with others, and comes back to it', async () => {
    const works = { now: false };
    kit = await startKit(installation, { reactions: (domain) => [moody(domain, works)] });
    const { owner } = kit;
    await place(kit, 'moody-1');
    await place(kit, 'order-2');
    await allDone(owner, 1);
    expect(await opened(kit, 'order-2')).to.equal(1);
    const [held] = await owner.run(sql`select * from kernel.effects where kind = 'held'`);
    expect(held?.['last_error']).to.match(/not today/);
    works.now = true;
    await timeComes(installation, owner);
    await allDone(owner, 2, 30_000);
    expect(await opened(kit, 'moody-1')).to.equal(1);
  });

  it('holds what no queue can carry, and refuses names that cannot be', async () => {
    const late = { name: 'when-order-placed-file-it', on: [] };
    kit = await startKit(installation, {
      reactions: ({ Order }) => [
        reaction({ ...late, on: when(Order, { Placed: ({ orderId }) => [job('a:b', { orderId })] }) }),
      ],
    });
    const { owner } = kit;
    await place(kit, 'order-1');
    const [held] = await until(async () => {
      const rows = await owner.run(sql`select last_error from kernel.effects where kind = 'held'`);
      return rows.length === 1 && rows;
    });
    expect(held?.['last_error']).to.match(/queue cannot be called a:b/);
    const colon = startKit(installation, { reactions: () => [reaction({ ...late, name: 'when:colon' })] });
    expect(await colon.then(() => 'started', String)).to.match(/when:colon cannot have a colon/);
  });

  it('begins behind the last fact where a reaction is new, or at the first one if it asks', async () => {
    const early = await startKit(installation, { reactions: () => [] });
    await place(early, 'order-1');
    await early.stop();
    kit = await startKit(installation, {
      reactions: (domain) => [domain.ship, { ...domain.ship, name: 'when-order-placed-ship-all', from: 'start' }],
    });
    await place(kit, 'order-2');
    const rows = await allDone(kit.owner, 3);
    const all = rows.filter((row) => row['reaction'] === 'when-order-placed-ship-all');
    expect(all).to.have.length(2);
    expect(rows).to.have.length(3);
  });

  it('goes on where it stood, and fires nothing twice', async () => {
    const first = await startKit(installation);
    await place(first, 'order-1', [{}]);
    await allDone(first.owner, 2);
    await first.stop();
    kit = await startKit(installation);
    await place(kit, 'order-2', [{}]);
    await allDone(kit.owner, 4);
    expect(Object.values(await sent(kit.owner))).to.deep.equal([1, 1]);
    // Even from the first event on: what is on record is not caused again.
    await kit.stop();
    kit = await startKit(installation);
    await kit.owner.run(sql`update kernel.reaction_checkpoints set position = -1`);
    await kit.stop();
    kit = await startKit(installation);
    await place(kit, 'order-3', [{}]);
    await allDone(kit.owner, 6);
    expect(Object.values(await sent(kit.owner))).to.deep.equal([1, 1, 1]);
    expect(await opened(kit, 'order-1')).to.equal(1);
  });

  it('notes how far it has read where nothing was caused', async () => {
    const idle = { name: 'when-order-placed-rest' };
    kit = await startKit(installation, {
      reactions: ({ Order }) => [reaction({ ...idle, on: when(Order, { Placed: () => [] }) })],
    });
    const { owner } = kit;
    const position = await place(kit, 'order-1');
    await until(
      async () =>
        (await owner.run(sql`select 1 from kernel.reaction_checkpoints where position >= ${position}`)).length === 1,
    );
  });

  it('keeps effects from the role that serves requests', async () => {
    kit = await startKit(installation);
    const app = connectDatabase(installation.appUrl);
    for (const table of ['effects', 'reaction_checkpoints', 'leases', 'schedule_runs']) {
      const answer = await app.run(rawSql(`select * from kernel.${table}`)).catch(String);
      expect(answer).to.match(/permission denied/);
      const [row] = await kit.owner.run(sql`
        select relrowsecurity, relforcerowsecurity from pg_class where oid = ${`kernel.${table}`}::regclass`);
      expect(row).to.deep.equal({ relrowsecurity: true, relforcerowsecurity: true });
    }
    await app.close();
  });

  it('counts what happens', async () => {
    const counted: unknown[] = [];
    const gauges: number[] = [];
    const metrics = {
      count: (name: string, labels: unknown) => counted.push([name, labels]),
      observe: (name: string, _value: number, labels: unknown) => counted.push([name, labels]),
      gauge: (_name: string, value: number) => gauges.push(value),
    };
    kit = await startKit(installation, { telemetry: { ...silent, metrics } });
    await place(kit, 'unwanted-1', [{ failures: 3 }]);
    await until(async () => gauges.includes(1) && counted.length >= 10);
    expect(counted).to.have.deep.members([
      ['keyledger_effects_total', { queue: 'dispatch', outcome: 'recorded' }],
      ['keyledger_effects_total', { queue: 'letters', outcome: 'recorded' }],
      ['keyledger_effects_total', { queue: 'dispatch', outcome: 'refused' }],
      ['keyledger_jobs_seconds', { queue: 'dispatch' }],
      ['keyledger_effects_total', { queue: 'letters', outcome: 'retried' }],
      ['keyledger_jobs_seconds', { queue: 'letters' }],
      ['keyledger_effects_total', { queue: 'letters', outcome: 'retried' }],
      ['keyledger_jobs_seconds', { queue: 'letters' }],
      ['keyledger_effects_total', { queue: 'letters', outcome: 'failed' }],
      ['keyledger_jobs_seconds', { queue: 'letters' }],
    ]);
  });

  it('waits as long as the reaction said', async () => {
    kit = await startKit(installation);
    await place(kit, 'order-1', [{ delayMs: 1_500 }, { delayMs: 3_600_000 }]);
    const { owner } = kit;
    const done = await until(
      async () => (await owner.run(sql`select * from kernel.effects where kind = 'job' and status = 'done'`))[0],
    );
    const waited = (done['done_at'] as Date).getTime() - (done['created_at'] as Date).getTime();
    expect(waited).to.be.at.least(1_500);
    expect(await owner.run(sql`select 1 from kernel.effects where status = 'pending'`)).to.have.length(1);
  });
});

function moody({ Order, openParcel }: Domain, works: { readonly now: boolean }) {
  return reaction({
    name: 'when-order-placed-be-moody',
    on: when(Order, {
      Placed: ({ orderId }) => {
        if (orderId.startsWith('moody') && !works.now) throw new Error('not today');
        return [dispatch(openParcel, { orderId })];
      },
    }),
  });
}

async function eventsOf({ log }: Kit, stream: string) {
  const events = [];
  for await (const event of log.readStream(stream)) events.push(event);
  return events;
}
