import type { Row } from '../../kernel/query.ts';
import { sql } from '../../kernel/sql.ts';
import type { Run } from '../postgres/database.ts';
import type { ClaimedEffect, Enqueued, NewEffect } from './effect.ts';

/** Longest error kept on a row. */
const maxError = 2_000;

/** Records effects; those already on record stay as they are. Returns the ones that are new. */
export async function insertEffects(run: Run, effects: readonly NewEffect[]): Promise<readonly Enqueued[]> {
  if (effects.length === 0) return [];
  const rows = await run(sql`
    insert into kernel.effects (effect_key, tenant_id, reaction, kind, queue, data, trace, not_before, last_error)
    select key, tenant, reaction, kind, queue, data, trace,
           clock_timestamp() + make_interval(secs => "delayMs" / 1000.0), left(error, ${maxError})
    from jsonb_to_recordset(${JSON.stringify(effects)}::jsonb) as e
      (key text, tenant text, reaction text, kind text, queue text, data jsonb, trace jsonb, "delayMs" float8, error text)
    on conflict (effect_key) do nothing
    returning effect_key`);
  const fresh = new Set(rows.map((row) => row['effect_key']));
  return effects.filter(({ key }) => fresh.has(key)).map(({ key, queue, delayMs }) => ({ key, queue, delayMs }));
}

/** What asking for an effect came to: `busy` until another worker's claim runs out, in milliseconds. */
export type Claim =
  | { readonly kind: 'claimed'; readonly effect: ClaimedEffect }
  | { readonly kind: 'over' }
  | { readonly kind: 'busy'; readonly forMs: number };

/** Takes an effect for one worker. An effect that is done, or that nobody knows any more, is over. */
export async function claim(run: Run, key: string, by: string, claimMs: number): Promise<Claim> {
  const [mine] = await run(sql`
    update kernel.effects
    set attempts = attempts + 1, claimed_by = ${by},
        claimed_until = clock_timestamp() + make_interval(secs => ${claimMs / 1_000})
    where effect_key = ${key} and status <> 'done' and (claimed_until is null or claimed_until < clock_timestamp())
    returning *`);
  if (mine !== undefined) return { kind: 'claimed', effect: claimed(mine) };
  const [other] = await run(sql`
    select extract(epoch from claimed_until - clock_timestamp())::float8 as left
    from kernel.effects where effect_key = ${key} and status <> 'done'`);
  if (other === undefined) return { kind: 'over' };
  return { kind: 'busy', forMs: Math.max(100, Math.ceil(Number(other['left'] ?? 0) * 1_000) + 100) };
}

function claimed(row: Row): ClaimedEffect {
  return {
    key: row['effect_key'] as string,
    tenant: row['tenant_id'] as string,
    reaction: row['reaction'] as string,
    kind: row['kind'] as ClaimedEffect['kind'],
    queue: row['queue'] as string,
    data: row['data'] as ClaimedEffect['data'],
    trace: row['trace'] as ClaimedEffect['trace'],
    attempt: row['attempts'] as number,
  };
}

export async function renewClaim(run: Run, key: string, by: string, claimMs: number): Promise<void> {
  await run(sql`
    update kernel.effects set claimed_until = clock_timestamp() + make_interval(secs => ${claimMs / 1_000})
    where effect_key = ${key} and claimed_by = ${by} and status <> 'done'`);
}

/** An effect that has happened stays done, whoever says so. A refusal is a way of being done. */
export async function markDone(run: Run, key: string, refusal?: string): Promise<void> {
  await run(sql`
    update kernel.effects
    set status = 'done', done_at = clock_timestamp(), last_error = left(${refusal ?? null}, ${maxError}),
        claimed_by = null, claimed_until = null
    where effect_key = ${key} and status <> 'done'`);
}

/** Records a failure, and from when on the effect may be tried again. */
export async function markFailed(
  run: Run,
  key: string,
  failure: {
    readonly by: string;
    readonly error: string;
    readonly delayMs: number;
    readonly status: 'pending' | 'failed';
  },
): Promise<void> {
  await run(sql`
    update kernel.effects
    set status = ${failure.status}, last_error = left(${failure.error}, ${maxError}),
        not_before = clock_timestamp() + make_interval(secs => ${failure.delayMs / 1_000}),
        claimed_by = null, claimed_until = null, enqueued_in = null, enqueued_at = null
    where effect_key = ${key} and claimed_by = ${failure.by} and status <> 'done'`);
}
