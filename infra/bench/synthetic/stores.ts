import { join } from 'node:path';
import { startEventNode } from '../../local/event-node.ts';
import { startPostgres } from '../../local/postgres.ts';
import type { Context } from '../measure.ts';
import { progress } from '../progress.ts';
import { fillLog, perSecret } from './vault-log.ts';

/** Stores without the product, and how many events are on the log. */
export interface FilledStores {
  readonly eventStoreUrl: string;
  readonly ownerUrl: string;
  /** The role that serves requests. */
  readonly appRole: string;
  readonly events: number;
}

/** How many events a measure works on, by what was asked on the command line. */
export const eventsFor = ({ full, quick }: Context): number => (quick ? 5_000 : full ? 1_000_000 : 100_000);

/** Starts an event node with a vault's events on it, and an empty database. They end with the measure. */
export async function filledStores(context: Context): Promise<FilledStores> {
  const events = eventsFor(context);
  const node = await startEventNode({ dir: join(context.dir, 'events') });
  context.atEnd(() => node.stop());
  const postgres = await startPostgres({ dir: join(context.dir, 'postgres') });
  context.atEnd(() => postgres.stop());
  context.say(`writing ${events.toLocaleString('en')} events past the product`);
  const told = progress(context.say, 'writing events', events);
  await fillLog(node.url, [0, events / perSecret], { told: (secrets) => told(secrets * perSecret) });
  const appRole = decodeURIComponent(new URL(postgres.url).username);
  return { eventStoreUrl: node.url, ownerUrl: postgres.ownerUrl, appRole, events };
}
