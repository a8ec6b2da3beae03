import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { z } from 'zod';
import { connectRedis, prefix } from '../../../src/adapters/effects/queues.ts';
import { startReactions } from '../../../src/adapters/effects/reactions.ts';
import type { Running, Timings } from '../../../src/adapters/effects/timings.ts';
import { startWorkers } from '../../../src/adapters/effects/workers.ts';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { connectDatabase, type Database } from '../../../src/adapters/postgres/database.ts';
import { kernelMigrations } from '../../../src/adapters/postgres/kernel-migrations.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { aggregate } from '../../../src/kernel/aggregate.ts';
import { type AnyCommand, command } from '../../../src/kernel/command.ts';
import type { EventLog } from '../../../src/kernel/log.ts';
import type { Pipeline } from '../../../src/kernel/pipeline/pipeline.ts';
import type { Row } from '../../../src/kernel/query.ts';
import { dispatch, job, type Reaction, reaction } from '../../../src/kernel/reaction.ts';
import { reject } from '../../../src/kernel/rejection.ts';
import { rawSql, type Sql, sql } from '../../../src/kernel/sql.ts';
import { silent, type Telemetry } from '../../../src/kernel/telemetry.ts';
import { when } from '../../../src/kernel/when.ts';
import { type Worker, worker } from '../../../src/kernel/worker.ts';
import { write } from '../../support/events.ts';
import { testPipeline, testPorts } from '../../support/pipeline.ts';
import { sharedStores } from '../../support/stores.ts';

/** Everything two processes must share to be one installation; plain data, so that it can be given to a child. */
export interface Installation {
  readonly eventStoreUrl: string;
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly redisUrl: string;
  /** Makes the aggregates of one suite its own on the shared log. */
  readonly mark: string;
  readonly timings: Partial<Timings>;
}

export const fast: Partial<Timings> = {
  sweepMs: 400,
  claimMs: 2_000,
  lease: { expiryMs: 1_500, heartbeatMs: 300, pollMs: 200 },
};

export async function newInstallation(other: Partial<Installation> = {}): Promise<Installation> {
  const stores = sharedStores();
  const { ownerUrl, url } = await stores.freshDatabase();
  const owner = connectDatabase(ownerUrl);
  await migrate(owner, new URL(url).username, kernelMigrations);
  await owner.run(rawSql('create table public.happened (id bigserial, what text, effect_key text, pid int)'));
  await owner.close();
  return {
    eventStoreUrl: other.eventStoreUrl ?? (await stores.eventNode()).url,
    ownerUrl,
    appUrl: url,
    redisUrl: other.redisUrl ?? (await stores.redisUrl()),
    mark: randomBytes(4).toString('hex'),
    timings: fast,
    ...other,
  };
}

/** An order that is placed causes a parcel to be opened, and a letter to be sent. */
export function domainOf(mark: string) {
  const Order = aggregate({
    name: `fx${mark}.Order`,
    events: { Placed: z.object({ orderId: z.string(), letters: z.array(z.record(z.string(), z.unknown())) }) },
    initial: () => ({}),
    evolve: { Placed: (state) => state },
  });
  const Parcel = aggregate({
    name: `fx${mark}.Parcel`,
    events: { Opened: z.object({ orderId: z.string() }), Stamped: z.object({ stamp: z.string() }) },
    initial: () => ({ stamps: [] as readonly string[] }),
    evolve: { Opened: (state) => state, Stamped: ({ stamps }, { stamp }) => ({ stamps: [...stamps, stamp] }) },
  });
  const controls = {
    effect: 'create',
    permission: 'fx.parcel',
    audit: { action: 'fx.parcel', subject: (input: { readonly orderId: string }) => input.orderId },
  } as const;
  const openParcel = command({
    name: `fx${mark}.openParcel`,
    summary: 'Opens a parcel',
    input: z.strictObject({ orderId: z.string() }),
    output: z.object({ orderId: z.string() }),
    controls,
    aggregate: Parcel,
    stream: ({ orderId }) => orderId,
    rejections: { Unwanted: 409 },
    decide: (_, { orderId }) =>
      orderId.startsWith('unwanted') ? reject('Unwanted') : [Parcel.events.Opened({ orderId })],
    respond: (_, { orderId }) => ({ orderId }),
  });
  const stampParcel = command({
    name: `fx${mark}.stampParcel`,
    summary: 'Stamps a parcel',
    input: z.strictObject({ orderId: z.string(), stamp: z.string() }),
    output: z.object({ stamps: z.array(z.string()) }),
    controls,
    aggregate: Parcel,
    stream: ({ orderId }) => orderId,
    decide: (_, { stamp }) => [Parcel.events.Stamped({ stamp })],
    respond: ({ stamps }) => ({ stamps: [...stamps] }),
  });
  const ship = reaction({
    name: `when-order-placed-ship-${mark}`,
    on: when(Order, {
      Placed: ({ letters, orderId }) => [
        dispatch(openParcel, { orderId }),
        ...letters.map((letter) => job('letters', { orderId, ...letter }, letter['delayMs'] as number | undefined)),
      ],
    }),
  });
  const commands = [openParcel, stampParcel] as unknown as readonly AnyCommand[];
  return { Order, Parcel, openParcel, stampParcel, ship, commands };
}

export type Domain = ReturnType<typeof domainOf>;

/** One process of an installation. */
export interface Kit extends Running {
  readonly log: EventLog;
  readonly owner: Database;
  readonly domain: Domain;
  readonly pipeline: Pipeline;
}

export interface KitOptions {
  readonly reactions?: (domain: Domain) => readonly Reaction[];
  readonly workers?: (kit: Omit<Kit, 'stop'>) => readonly Worker[];
  readonly executeAs?: (pipeline: Pipeline) => Pipeline['executeAs'];
  readonly telemetry?: Telemetry;
}

export async function startKit(installation: Installation, options: KitOptions = {}): Promise<Kit> {
  const { eventStoreUrl, mark, ownerUrl, redisUrl, timings } = installation;
  const domain = domainOf(mark);
  const log = connectEventLog(eventStoreUrl);
  const owner = connectDatabase(ownerUrl);
  const clock = { now: () => Date.now() };
  // Every process of an installation has the same keys.
  const mac = async (tenant: string, purpose: string, message: Uint8Array): Promise<Buffer> =>
    createHmac('sha256', mark).update(`${tenant}/${purpose}/`).update(message).digest();
  const ports = { ...testPorts(log, clock), sealer: { mac } } as unknown as ReturnType<typeof testPorts>;
  const { pipeline, close } = testPipeline(eventStoreUrl, { log, clock, ports });
  const executeAs = options.executeAs?.(pipeline) ?? pipeline.executeAs;
  const kit = { log, owner, domain, pipeline };
  const end = async (): Promise<void> => {
    await close();
    await owner.close();
  };
  const shared = { owner, redisUrl, executeAs, telemetry: options.telemetry ?? silent, timings };
  const reactions = await startReactions({
    ...shared,
    log,
    reactions: options.reactions?.(domain) ?? [domain.ship],
    commands: domain.commands,
  }).catch(async (error) => {
    await end();
    throw error;
  });
  const workers = startWorkers({ ...shared, ports, workers: options.workers?.(kit) ?? [letters(kit)] });
  return {
    ...kit,
    stop: async () => {
      await Promise.all([reactions.stop(), workers.stop()]);
      await end();
    },
  };
}

/** Records that it began and ended, so that doubles show; takes as long, and fails as often, as its letter says. */
export function letters({ domain, owner }: Omit<Kit, 'stop'>, attempts = 3): Worker {
  const note = (what: string, key: string): Promise<readonly Row[]> =>
    owner.run(sql`insert into public.happened (what, effect_key, pid) values (${what}, ${key}, ${process.pid})`);
  return worker({
    queue: 'letters',
    attempts,
    concurrency: 4,
    process: async (data, { effectKey, execute, progress }) => {
      await note('begun', effectKey);
      const tries = await owner.run(sql`select 1 from public.happened where effect_key = ${effectKey}`);
      if (tries.length <= Number(data['failures'] ?? 0)) throw new Error(`the letter box is shut (${tries.length})`);
      await sleep(Number(data['ms'] ?? 0));
      await progress(1, 2);
      if (typeof data['stamp'] === 'string') {
        const input = { orderId: data['orderId'], stamp: data['stamp'] };
        await execute(domain.stampParcel, input, 'front');
        await execute(domain.stampParcel, input, 'back');
      }
      await note('sent', effectKey);
    },
  });
}

/** Writes the fact that an order was placed. */
export async function place(
  kit: Pick<Kit, 'log' | 'domain'>,
  orderId: string,
  letters: readonly Record<string, unknown>[] = [],
): Promise<bigint> {
  const { Order } = kit.domain;
  const { position } = await write(kit.log, Order, [Order.events.Placed({ orderId, letters: [...letters] })], {
    tenant: 'acme',
    id: orderId,
  });
  return position;
}

/** Asks again until something is there. */
export async function until<T>(ask: () => Promise<T | undefined | false>, ms = 15_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await ask();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${ask.toString()}`);
    await sleep(40);
  }
}

/** Waits until every effect on record is done; gives the rows. */
export function allDone(owner: Database, count: number, ms?: number): Promise<readonly Row[]> {
  return until(async () => {
    const rows = await owner.run(
      sql`select * from kernel.effects where kind <> 'held' order by created_at, effect_key`,
    );
    return rows.length >= count && rows.every((row) => row['status'] === 'done') && rows;
  }, ms);
}

export async function countOf(owner: Database, statement: Sql): Promise<number> {
  return (await owner.run(statement)).length;
}

/** How often each effect was carried out. */
export async function sent(owner: Database): Promise<Readonly<Record<string, number>>> {
  const rows = await owner.run(
    sql`select effect_key, count(*) as n from public.happened where what = 'sent' group by effect_key`,
  );
  return Object.fromEntries(rows.map((row) => [row['effect_key'], Number(row['n'])]));
}

/** Puts a job into a queue once more, and waits until it is gone. */
export async function queueAgain({ redisUrl }: Installation, name: string, jobId: string): Promise<void> {
  const client = connectRedis(redisUrl, silent, { failFast: false });
  const queue = new Queue(name, { connection: client, prefix });
  await queue.add('effect', {}, { jobId, removeOnComplete: true });
  await until(async () => (await queue.getJob(jobId)) === undefined);
  await queue.close();
  client.disconnect();
}

/** Everything that waits is due. A sweep may have queued it already, with its delay: only a queue that forgot is given it again. */
export async function timeComes({ redisUrl }: Installation, owner: Database): Promise<void> {
  await owner.run(sql`update kernel.effects set not_before = now() where status <> 'done'`);
  const client = connectRedis(redisUrl, silent, { failFast: false });
  await client.flushdb();
  client.disconnect();
}

/** The parcels that were opened, one entry an event. */
export async function opened({ domain, log }: Pick<Kit, 'log' | 'domain'>, orderId: string): Promise<number> {
  let count = 0;
  for await (const event of log.readStream(`${domain.Parcel.name}-acme.${orderId}`)) {
    if (event.type.endsWith('.Opened')) count++;
  }
  return count;
}
