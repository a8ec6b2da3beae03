import { z } from 'zod';
import { aggregate } from '../../../src/kernel/aggregate.ts';
import { command } from '../../../src/kernel/command.ts';
import { projection, statefulProjection } from '../../../src/kernel/projection.ts';
import { dispatch, job, reaction } from '../../../src/kernel/reaction.ts';
import { type Sql, sql } from '../../../src/kernel/sql.ts';
import { when, whenever } from '../../../src/kernel/when.ts';

/** The amount that a projection's handler throws at, and the one that its table refuses. */
export const poison = { thrown: 5, refused: 7 } as const;

interface AccountState {
  readonly total: number;
  readonly entries: number;
}

export const Account = aggregate({
  name: 'sim.Account',
  events: { Added: z.object({ amount: z.int(), op: z.string() }) },
  initial: (): AccountState => ({ total: 0, entries: 0 }),
  evolve: { Added: ({ entries, total }, { amount }) => ({ total: total + amount, entries: entries + 1 }) },
});

/** What reactions wrote about accounts. */
export const Journal = aggregate({
  name: 'sim.Journal',
  events: { Recorded: z.object({ cause: z.string(), amount: z.int() }) },
  initial: (): number => 0,
  evolve: { Recorded: (count) => count + 1 },
});

const audit = { action: 'sim.add', subject: ({ account }: { account: string }) => account };

/** Adds one amount, in one event or several. */
export const add = command({
  name: 'sim.add',
  summary: 'Adds to an account.',
  input: z.strictObject({ account: z.string(), amount: z.int(), events: z.int(), op: z.string() }),
  output: z.object({ total: z.int(), entries: z.int() }),
  controls: { effect: 'change', permission: 'sim.add', audit },
  aggregate: Account,
  stream: ({ account }) => account,
  decide: (_state, { amount, events, op }) =>
    Array.from({ length: events }, () => Account.events.Added({ amount, op })),
  respond: (state) => state,
});

/** Notes a cause, however often it is asked with its key. */
export const record = command({
  name: 'sim.record',
  summary: 'Notes what happened to an account.',
  input: z.strictObject({ account: z.string(), cause: z.string(), amount: z.int() }),
  output: z.object({ count: z.int() }),
  controls: { effect: 'change', permission: 'sim.record', audit },
  aggregate: Journal,
  stream: ({ account }) => account,
  decide: (_state, { amount, cause }) => [Journal.events.Recorded({ cause, amount })],
  respond: (count) => ({ count }),
});

export const notifyQueue = 'notify';

/** The name of an event in effects. */
export function causeOf({ revision, stream }: { readonly stream: string; readonly revision: number }): string {
  return `${stream}@${revision}`;
}

export const recordAdded = reaction({
  name: 'when-added-record',
  on: when(Account, {
    Added: ({ amount }, fact) => [dispatch(record, { account: fact.id, cause: causeOf(fact), amount })],
  }),
});

export const notifyAdded = reaction({
  name: 'when-added-notify',
  on: when(Account, {
    Added: ({ amount }, fact) => [job(notifyQueue, { cause: causeOf(fact), amount }, amount % 4 === 0 ? 2_500 : 0)],
  }),
});

export const reactions = [recordAdded, notifyAdded];

/** Sums: an event that is applied twice, or not at all, shows. */
export const balances = projection({
  name: 'sim_balances',
  version: 1,
  table: `create table sim_balances (tenant_id text not null, account text not null, total int8 not null,
    entries int8 not null, primary key (tenant_id, account));`,
  on: when(Account, {
    Added: ({ amount }, { id, tenant }) => [
      sql`insert into sim_balances (tenant_id, account, total, entries) values (${tenant}, ${id}, ${amount}, 1)
        on conflict (tenant_id, account) do update
        set total = sim_balances.total + excluded.total, entries = sim_balances.entries + 1`,
    ],
  }),
});

/** One row an event, some of which are poison. */
export const entries = projection({
  name: 'sim_entries',
  version: 1,
  table: `create table sim_entries (tenant_id text not null, stream text not null, revision int8 not null,
    amount int8 not null check (amount <> 7), primary key (tenant_id, stream, revision));`,
  on: [
    when(Account, {
      Added: ({ amount }, { revision, stream, tenant }) => {
        if (amount === poison.thrown) throw new TypeError('the handler cannot take this');
        return [entry({ tenant, stream, revision, amount })];
      },
    }),
    when(Journal, {
      Recorded: (_data, { revision, stream, tenant }) => [entry({ tenant, stream, revision, amount: 0 })],
    }),
  ],
});

function entry({
  amount,
  revision,
  stream,
  tenant,
}: {
  readonly tenant: string;
  readonly stream: string;
  readonly revision: number;
  readonly amount: number;
}) {
  return sql`insert into sim_entries (tenant_id, stream, revision, amount)
    values (${tenant}, ${stream}, ${revision}, ${amount})`;
}

/** A chain over every event of a tenant: order is part of the result. */
export const chain = statefulProjection({
  name: 'sim_chain',
  version: 1,
  table: `create table sim_chain (tenant_id text not null primary key, length int8 not null, link text not null);`,
  on: whenever(() => []),
  apply: async (events, run, memory) => {
    const writes: Sql[] = [];
    for (const { fact, stored } of events) {
      const read = async (): Promise<string> => {
        const [before] = await run(sql`select length, link from sim_chain where tenant_id = ${fact.tenant}`);
        return String(before?.['link'] ?? '');
      };
      const link = nextLink((memory.get(fact.tenant) as string | undefined) ?? (await read()), stored.position);
      memory.set(fact.tenant, link);
      writes.push(sql`insert into sim_chain (tenant_id, length, link) values (${fact.tenant}, 1, ${link})
        on conflict (tenant_id) do update set length = sim_chain.length + 1, link = ${link}`);
    }
    return writes;
  },
});

/** Anything in which the order of positions shows. */
export function nextLink(before: string, position: bigint): string {
  let hash = 0x811c9dc5;
  for (const character of `${before}/${position}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return (hash >>> 0).toString(16);
}

export const projections = [balances, entries, chain];
