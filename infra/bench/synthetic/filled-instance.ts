import { setTimeout as sleep } from 'node:timers/promises';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { connectDatabase } from '../../../src/adapters/postgres/database.ts';
import { platformTenant } from '../../../src/kernel/principal.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { type Instance, startInstance, unlimited } from '../instance.ts';
import type { Context } from '../measure.ts';
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
      context.say(`writing ${events - written} events past the product, and waiting for the read models`);
      const { eventStoreUrl, databaseOwnerUrl } = instance.stores;
      await fillLog(eventStoreUrl, [written / perSecret, events / perSecret], [platformTenant]);
      written = events;
      await caughtUp(eventStoreUrl, databaseOwnerUrl);
    },
  };
}

async function caughtUp(eventStoreUrl: string, ownerUrl: string): Promise<void> {
  const log = connectEventLog(eventStoreUrl);
  const owner = connectDatabase(ownerUrl, { max: 1 });
  const head = (await log.head()) ?? 0n;
  for (;;) {
    const [row] = await owner.run(sql`
      select min(coalesce(position, 0)) >= ${head} as there from (
        select position from kernel.projections where state = 'live'
        union all select position from kernel.reaction_checkpoints
      ) as reader`);
    if (row?.['there'] === true) break;
    await sleep(100);
  }
  await Promise.all([log.close(), owner.close()]);
}
