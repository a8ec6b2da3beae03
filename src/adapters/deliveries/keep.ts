import { rawSql, type Sql, sql } from '../../kernel/sql.ts';
import { type Feed, liveFeed, type OpenDelivery, type Place, type Standing } from './rows.ts';

/** A delivery as it is to be kept. */
export interface KeptDelivery {
  readonly delivery: OpenDelivery;
  readonly status: 'pending' | 'waiting' | 'delivered' | 'failed';
  /** Of the attempt that was just made; undefined where none was. */
  readonly attempt: Attempt | undefined;
}

export interface Attempt {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly ms: number;
  readonly ok: boolean;
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly answer: string | undefined;
}

const time = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

const deliveryColumns = rawSql(
  `delivery_id uuid, replay_id uuid, event_id text, event_type text, stream text, revision bigint, position bigint, status text,
   attempts int, tries int, first_at timestamptz, last_at timestamptz, next_at timestamptz, last_status int, last_error text`,
);

/** Keeps deliveries, and the attempts that were made of them. */
export function keep({ subscriptionId, tenant }: Place, kept: readonly KeptDelivery[]): readonly Sql[] {
  const deliveries = kept.map(({ attempt, delivery, status }) => ({
    delivery_id: delivery.deliveryId,
    replay_id: delivery.replayId ?? null,
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    stream: delivery.stream,
    revision: delivery.revision,
    position: delivery.position.toString(),
    status,
    attempts: delivery.attempts,
    tries: delivery.tries,
    first_at: time(delivery.firstAt),
    last_at: time(attempt?.at),
    next_at: status === 'pending' ? time(delivery.nextAt) : null,
    last_status: attempt?.status ?? null,
    last_error: attempt?.error ?? null,
  }));
  const attempts = kept.flatMap(({ attempt, delivery }) =>
    attempt === undefined
      ? []
      : [
          {
            delivery_id: delivery.deliveryId,
            attempt: delivery.attempts,
            at: time(attempt.at),
            duration_ms: attempt.ms,
            ok: attempt.ok,
            status: attempt.status ?? null,
            error: attempt.error ?? null,
            answer: attempt.answer ?? null,
          },
        ],
  );
  return [
    sql`insert into kernel.deliveries (tenant_id, subscription_id, delivery_id, replay_id, event_id, event_type, stream, revision,
        position, status, attempts, tries, first_at, last_at, next_at, last_status, last_error)
      select ${tenant}, ${subscriptionId}::uuid, r.*
      from jsonb_to_recordset(${{ rows: deliveries }}::jsonb -> 'rows') as r (${deliveryColumns})
      on conflict (tenant_id, delivery_id) do update set status = excluded.status, attempts = excluded.attempts,
        tries = excluded.tries, first_at = excluded.first_at, last_at = coalesce(excluded.last_at, kernel.deliveries.last_at),
        next_at = excluded.next_at,
        last_status = case when excluded.last_at is null then kernel.deliveries.last_status else excluded.last_status end,
        last_error = case when excluded.last_at is null then kernel.deliveries.last_error else excluded.last_error end`,
    sql`insert into kernel.delivery_attempts (tenant_id, subscription_id, delivery_id, attempt, at, duration_ms, ok, status, error, answer)
      select ${tenant}, ${subscriptionId}::uuid, r.*
      from jsonb_to_recordset(${{ rows: attempts }}::jsonb -> 'rows') as r (delivery_id uuid, attempt int, at timestamptz,
        duration_ms int, ok boolean, status int, error text, answer text)
      on conflict do nothing`,
  ];
}

/** Keeps how far a feed has come. */
export function keepFeed({ subscriptionId, tenant }: Place, { done, feed, position }: Feed): Sql {
  return sql`
    update kernel.delivery_feeds set position = ${position}, done = ${done}
    where tenant_id = ${tenant} and subscription_id = ${subscriptionId} and feed = ${feed}`;
}

/** Keeps how the destination fares, and how much more it has taken. */
export function keepStanding({ subscriptionId, tenant }: Place, standing: Standing, taken = 0): Sql {
  const { activeSince, failures, heldUntil, lastTakenAt } = standing;
  return sql`
    update kernel.delivery_feeds
    set failures = ${failures}, held_until = ${time(heldUntil)}::timestamptz, active_since = ${activeSince},
      last_delivered_at = ${time(lastTakenAt)}::timestamptz, delivered = delivered + ${taken}
    where tenant_id = ${tenant} and subscription_id = ${subscriptionId} and feed = ${liveFeed}`;
}

/** What was open of a subscription that is deleted will not be sent. */
export function closeAll({ subscriptionId, tenant }: Place): Sql {
  return sql`
    update kernel.deliveries set status = 'failed', next_at = null, last_error = 'the subscription was deleted', last_at = coalesce(last_at, now())
    where tenant_id = ${tenant} and subscription_id = ${subscriptionId} and status in ('pending', 'waiting')`;
}

/** Forgets deliveries that ended before then, some at a time. */
export function prune(before: string): Sql {
  return sql`
    with old as (
      delete from kernel.deliveries where (tenant_id, delivery_id) in (
        select tenant_id, delivery_id from kernel.deliveries
        where status in ('delivered', 'failed') and last_at < ${before} limit 20000)
      returning tenant_id, delivery_id)
    delete from kernel.delivery_attempts as a using old where a.tenant_id = old.tenant_id and a.delivery_id = old.delivery_id`;
}

/** All that is open may be sent now. */
export function releaseAll({ subscriptionId, tenant }: Place, nowMs: number): Sql {
  return sql`
    update kernel.deliveries set next_at = least(next_at, ${time(nowMs)}::timestamptz)
    where tenant_id = ${tenant} and subscription_id = ${subscriptionId} and status = 'pending'`;
}
