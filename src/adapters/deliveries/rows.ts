import { sql } from '../../kernel/sql.ts';
import type { Run } from '../postgres/database.ts';

/** Whose deliveries. */
export interface Place {
  readonly tenant: string;
  readonly subscriptionId: string;
}

/** The feed of events as they happen; a replay's feed has the replay's id. */
export const liveFeed = 'live';

/** How far a feed has come. */
export interface Feed {
  readonly feed: string;
  /** Commit position: everything up to here has been sent or stands in an open delivery. */
  position: bigint;
  /** Of a replay: the last position that belongs to it. */
  readonly until: bigint | undefined;
  done: boolean;
}

/** A delivery that has not ended. */
export interface OpenDelivery {
  readonly deliveryId: string;
  readonly replayId: string | undefined;
  readonly eventId: string;
  readonly eventType: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  /** Times it was sent, ever. */
  attempts: number;
  /** Times in a row since the subscription was last made active. */
  tries: number;
  /** Milliseconds since the epoch. */
  firstAt: number | undefined;
  nextAt: number | undefined;
}

/** How the destination fares. */
export interface Standing {
  /** Batches of which nothing was taken, in a row. */
  failures: number;
  /** Milliseconds since the epoch: nothing is sent before. */
  heldUntil: number;
  /** Revision of the event that made the subscription active. */
  activeSince: number;
  /** Milliseconds since the epoch; undefined where nothing was ever taken. */
  lastTakenAt: number | undefined;
}

export interface Loaded {
  readonly feeds: readonly Feed[];
  readonly open: readonly OpenDelivery[];
  readonly standing: Standing;
}

const msOf = (value: unknown): number | undefined => (value instanceof Date ? value.getTime() : undefined);

/** Where a subscription's feeds begin. */
export interface Beginning {
  readonly startsAfter: string;
  readonly activeSince: number;
  readonly replays: readonly { readonly replayId: string; readonly after: string; readonly to: string }[];
}

/** Reads where a subscription's deliveries stand; a new one begins behind `startsAfter`. */
export async function load(run: Run, { subscriptionId, tenant }: Place, begin: Beginning): Promise<Loaded> {
  await run(sql`
    insert into kernel.delivery_feeds (tenant_id, subscription_id, feed, position, active_since)
    values (${tenant}, ${subscriptionId}, ${liveFeed}, ${begin.startsAfter}::bigint, ${begin.activeSince}) on conflict do nothing`);
  for (const { after, replayId, to } of begin.replays) {
    await run(sql`
      insert into kernel.delivery_feeds (tenant_id, subscription_id, feed, position, until)
      values (${tenant}, ${subscriptionId}, ${replayId}, ${after}::bigint, ${to}::bigint) on conflict do nothing`);
  }
  const feeds = await run(
    sql`select * from kernel.delivery_feeds where tenant_id = ${tenant} and subscription_id = ${subscriptionId}`,
  );
  const open = await run(sql`
    select * from kernel.deliveries
    where tenant_id = ${tenant} and subscription_id = ${subscriptionId} and status in ('pending', 'waiting')
    order by position, revision`);
  const live = feeds.find((row) => row['feed'] === liveFeed);
  return {
    feeds: feeds.map((row) => ({
      feed: row['feed'] as string,
      position: row['position'] as bigint,
      until: (row['until'] as bigint | null) ?? undefined,
      done: row['done'] as boolean,
    })),
    open: open.map((row) => ({
      deliveryId: row['delivery_id'] as string,
      replayId: (row['replay_id'] as string | null) ?? undefined,
      eventId: row['event_id'] as string,
      eventType: row['event_type'] as string,
      stream: row['stream'] as string,
      revision: Number(row['revision']),
      position: row['position'] as bigint,
      attempts: row['attempts'] as number,
      tries: row['tries'] as number,
      firstAt: msOf(row['first_at']),
      nextAt: msOf(row['next_at']),
    })),
    standing: {
      failures: live?.['failures'] as number,
      heldUntil: msOf(live?.['held_until']) ?? 0,
      activeSince: live?.['active_since'] as number,
      lastTakenAt: msOf(live?.['last_delivered_at']),
    },
  };
}
