import { expect } from 'chai';
import { ticking } from '../../../src/adapters/effects/follow.ts';
import { missedMoment } from '../../../src/adapters/effects/missed.ts';
import { type Scheduler, startScheduler } from '../../../src/adapters/effects/scheduler.ts';
import { connectDatabase, type Database } from '../../../src/adapters/postgres/database.ts';
import type { Answer } from '../../../src/kernel/pipeline/answer.ts';
import type { Pipeline } from '../../../src/kernel/pipeline/pipeline.ts';
import type { RequestInfo } from '../../../src/kernel/ports.ts';
import type { Principal } from '../../../src/kernel/principal.ts';
import { rawSql, sql } from '../../../src/kernel/sql.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { type Schedule, schedule } from '../../../src/kernel/worker.ts';
import { stillClock } from '../../support/pipeline.ts';
import { domainOf, fast, newInstallation, until } from './kit.ts';

const { openParcel } = domainOf('scheduled');
const lease = fast.lease ?? {};

/** Opens the parcels that are due. */
function remind(other: Partial<Schedule> = {}): Schedule {
  return {
    ...schedule({
      name: 'fx.remind',
      cron: '0 3 * * *',
      due: (now) => sql`select tenant_id, order_id from fx_orders where due_at <= ${now}::timestamptz`,
      command: openParcel,
      input: (row) => ({ orderId: row['order_id'] }),
      occurrence: (row, now) => `${row['order_id'] as string}.${now}`,
    }),
    ...other,
  };
}

interface Call {
  readonly key: string | undefined;
  readonly input: unknown;
  readonly tenant: string;
  readonly actor: string;
  readonly by: string;
}

describe('schedules', function () {
  this.timeout(30_000);
  let owner: Database;
  let calls: Call[];
  const running: Scheduler[] = [];

  beforeEach(async () => {
    calls = [];
    owner = connectDatabase((await newInstallation()).ownerUrl);
    await owner.run(
      rawSql('create table read_models.fx_orders (tenant_id text not null, order_id text, due_at timestamptz)'),
    );
    await owner.run(sql`
      insert into read_models.fx_orders values
        ('acme', 'order-1', '2026-01-01'), ('globex', 'order-2', '2026-01-01'), ('acme', 'order-3', '2030-01-01')`);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop()));
    await owner.close();
  });

  /** Answers as told, and remembers what was asked. */
  function recorder(by: string, answers: readonly Answer[] = []): Pipeline['executeAs'] {
    let count = 0;
    return async (_endpoint: unknown, input: unknown, principal: Principal, info: RequestInfo) => {
      calls.push({ key: info.idempotencyKey, input, tenant: principal.tenant, actor: principal.actor.id, by });
      return answers[count++] ?? { status: 200, body: {} };
    };
  }

  function start(
    schedules: readonly Schedule[],
    options: { clock?: { now(): number }; by?: string; answers?: readonly Answer[] } = {},
  ): Scheduler {
    const { answers, by = 'one', clock = { now: () => Date.now() } } = options;
    const executeAs = recorder(by, answers);
    const scheduler = startScheduler({ owner, schedules, executeAs, clock, telemetry: silent, lease });
    running.push(scheduler);
    return scheduler;
  }

  it('has what is due done, for its tenant, under a key of its occurrence', async () => {
    const result = await start([remind()], { clock: stillClock('2026-06-01T12:00:00.000Z') }).runNow('fx.remind');
    expect(result).to.deep.equal({ due: 2, done: 2, refused: 0, unanswered: 0 });
    const shared = { actor: 'fx.remind', by: 'one' };
    expect(calls).to.have.deep.members([
      {
        ...shared,
        tenant: 'acme',
        input: { orderId: 'order-1' },
        key: 'fx.remind.order-1.2026-06-01T12:00:00.000Z',
      },
      {
        ...shared,
        tenant: 'globex',
        input: { orderId: 'order-2' },
        key: 'fx.remind.order-2.2026-06-01T12:00:00.000Z',
      },
    ]);
  });

  it('runs each moment once, however many processes there are, and goes on when one ends', async () => {
    const secondly = remind({ cron: '* * * * * *' });
    const one = start([secondly], { by: 'one' });
    start([secondly], { by: 'two' });
    await until(async () => calls.length >= 6);
    const [leader] = calls.map(({ by }) => by);
    if (leader === 'one') await one.stop();
    else await running[1]?.stop();
    await until(async () => calls.some(({ by }) => by !== leader));
    const keys = calls.map(({ key }) => key);
    expect(new Set(keys).size).to.equal(keys.length);
  });

  it('makes up for a moment at which nobody led, once', async () => {
    const clock = stillClock('2026-06-01T01:00:00.000Z');
    const first = start([remind()], { clock });
    await until(async () => (await owner.run(sql`select 1 from kernel.schedule_runs`)).length === 1);
    await first.stop();
    clock.advance(3 * 86_400_000);
    const second = start([remind()], { clock, by: 'two' });
    await until(async () => calls.length === 2);
    await until(async () => {
      const at = new Date('2026-06-03T03:00:00.000Z');
      return (await owner.run(sql`select 1 from kernel.schedule_runs where last_run_at = ${at}`)).length === 1;
    });
    await second.stop();
    start([remind()], { clock, by: 'three' });
    await until(async () => (await owner.run(sql`select 1 from kernel.leases where until > now()`)).length === 1);
    expect(calls.map(({ by, key }) => [by, key])).to.have.deep.members([
      ['two', 'fx.remind.order-1.2026-06-03T03:00:00.000Z'],
      ['two', 'fx.remind.order-2.2026-06-03T03:00:00.000Z'],
    ]);
  });

  it('asks again, with the same keys, for what was not answered', async () => {
    const clock = stillClock('2026-06-01T02:59:59.000Z');
    const away: Answer = { status: 503, rejection: { code: 'StoreUnavailable' } };
    start([remind()], { clock, answers: [away] });
    await until(async () => (await owner.run(sql`select 1 from kernel.schedule_runs`)).length === 1);
    clock.advance(1_000);
    await until(async () => calls.length === 4);
    expect(new Set(calls.map(({ key }) => key)).size).to.equal(2);
  });

  it('counts a refusal as an answer', async () => {
    const refused: Answer = { status: 409, rejection: { code: 'Unwanted' } };
    const scheduler = start([remind()], { answers: [refused] });
    expect(await scheduler.runNow('fx.remind')).to.include({ done: 1, refused: 1, unanswered: 0 });
  });

  it('does not let a schedule write, and says so where one is unknown or without a time', async () => {
    const writing = remind({ due: () => sql`delete from fx_orders returning tenant_id` });
    const scheduler = start([writing]);
    expect(await rejected(scheduler.runNow('fx.remind'))).to.match(/syntax error|read-only/);
    expect(await rejected(scheduler.runNow('fx.other'))).to.match(/no schedule fx.other/);
    expect(() => start([remind({ cron: 'at noon' })])).to.throw(TypeError, 'fx.remind');
  });
});

async function rejected(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing was wrong',
    (error) => String(error),
  );
}

describe('a missed moment', () => {
  const daily = ticking(remind(), () => undefined);
  const matches = (date: Date): boolean => daily.match(date);
  const missed = (seen: string, now: string): string | undefined => {
    const at = missedMoment(matches, { seenMs: Date.parse(seen), nowMs: Date.parse(now), stepMs: 60_000 });
    return at === undefined ? undefined : new Date(at).toISOString();
  };
  after(() => daily.destroy());

  it('is the latest one since the last that was seen, in UTC', () => {
    expect(missed('2026-01-01T02:59:00Z', '2026-01-01T02:59:59.999Z')).to.equal(undefined);
    expect(missed('2026-01-01T02:59:00Z', '2026-01-01T03:00:00.000Z')).to.equal('2026-01-01T03:00:00.000Z');
    expect(missed('2026-01-01T03:00:00Z', '2026-01-02T02:00:00.000Z')).to.equal(undefined);
    expect(missed('2026-01-01T03:00:00Z', '2026-01-05T08:30:00.000Z')).to.equal('2026-01-05T03:00:00.000Z');
  });

  it('is not looked for further back than a month', () => {
    const monthly = ticking(remind({ cron: '0 0 1 * *' }), () => undefined);
    const at = (now: string): number | undefined =>
      missedMoment((date) => monthly.match(date), { seenMs: 0, nowMs: Date.parse(now), stepMs: 60_000 });
    expect(at('2026-02-28T00:00:00Z')).to.equal(Date.parse('2026-02-01T00:00:00Z'));
    void monthly.destroy();
  });
});
