import { setTimeout as sleep } from 'node:timers/promises';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { connectDatabase } from '../../../src/adapters/postgres/database.ts';
import { platformTenant } from '../../../src/kernel/principal.ts';
import { rawSql, sql } from '../../../src/kernel/sql.ts';
import { type Instance, startInstance, unlimited } from '../instance.ts';
import type { Context } from '../measure.ts';
import { duration, progress } from '../progress.ts';
import { fillLog, perSecret } from './vault-log.ts';

/** A running product with many events on its log, all of the tenant that its administrator belongs to. */
export interface FilledInstance {
  readonly instance: Instance;
  /** Logs its administrator in: a token lives for less than a million events take to be written. */
  logIn(): Promise<Readonly<Record<string, string>>>;
  /** Writes events past the product until there are so many, and waits until every read model and every reaction has seen them. */
  grow(events: number): Promise<void>;
}

/** Starts the product on a directory; it ends with the measure, or when the next one starts on it. */
export async function emptyInstance(context: Context, dir: string): Promise<FilledInstance> {
  const instance = await startInstance(dir);
  context.atEnd(() => instance.stop());
  const logIn = (): Promise<Readonly<Record<string, string>>> => unlimited(instance.url, instance.administrator);
  await logIn();
  let written = 0;
  return {
    instance,
    logIn,
    grow: async (events) => {
      const more = events - written;
      context.say(`writing ${more.toLocaleString('en')} events past the product, and waiting for the read models`);
      const began = performance.now();
      const { eventStoreUrl, databaseOwnerUrl } = instance.stores;
      const told = progress(context.say, 'writing events', more);
      await fillLog(eventStoreUrl, [written / perSecret, events / perSecret], {
        tenants: [platformTenant],
        told: (secrets) => told(secrets * perSecret),
      });
      const wrote = (performance.now() - began) / 1_000;
      written = events;
      await caughtUp(context, eventStoreUrl, databaseOwnerUrl);
      const seconds = (performance.now() - began) / 1_000;
      const rate = (n: number): string => `${Math.round(more / n).toLocaleString('en')}/s`;
      context.say(
        `written in ${duration(wrote)}, ${rate(wrote)}; in every read model after ${duration(seconds)}, ${rate(seconds)}`,
      );
    },
  };
}

/** Waits until all have seen what is on the log, and lets the database look at its tables, as it does by itself every minute. */
async function caughtUp(context: Context, eventStoreUrl: string, ownerUrl: string): Promise<void> {
  const log = connectEventLog(eventStoreUrl);
  const owner = connectDatabase(ownerUrl, { max: 1, statementTimeoutMs: 600_000 });
  const head = (await log.head()) ?? 0n;
  const seen = async (): Promise<bigint> => {
    const [row] = await owner.run(sql`
      select min(coalesce(position, 0)) as lowest from (
        select position from kernel.projections where state = 'live'
        union all select position from kernel.reaction_checkpoints
      ) as reader`);
    return row?.['lowest'] as bigint;
  };
  const first = await seen();
  const told = progress(context.say, 'bytes of the log that the read models have still to see', Number(head - first));
  for (let at = first; at < head; at = await seen()) {
    told(Number(at - first));
    await sleep(100);
  }
  await owner.run(rawSql('vacuum (analyze)'));
  await Promise.all([log.close(), owner.close()]);
}
