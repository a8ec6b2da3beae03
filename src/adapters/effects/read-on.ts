import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, LogPage } from '../../kernel/log.ts';
import type { Reaction } from '../../kernel/reaction.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Database } from '../postgres/database.ts';
import { advance, beforeAll, earliest, type Positions, positionsOf } from './checkpoints.ts';
import type { Enqueued, NewEffect } from './effect.ts';
import type { Enqueuer } from './enqueuer.ts';
import { type Term, untilAborted } from './lease.ts';
import { effectsOf, typesOf } from './react.ts';
import { insertEffects } from './rows.ts';
import { horizonMs } from './sweep.ts';

/** Events read at once. */
const pageSize = 500;
/** Milliseconds between two looks at the log, so that a busy log does not keep this one busy too. */
const pauseMs = 100;
/** Milliseconds a checkpoint may stay unwritten where nothing was caused. */
const idleCheckpointMs = 5_000;

export interface ReadOnOptions {
  readonly log: EventLog;
  readonly owner: Database;
  readonly reactions: readonly Reaction[];
  readonly enqueuer: Enqueuer;
  readonly telemetry: Telemetry;
}

/** Follows the log for as long as the term lasts. Effects and checkpoint commit together, or neither does. */
export async function readOn(options: ReadOnOptions, term: Term): Promise<void> {
  const { log, owner, reactions } = options;
  const typePrefixes = typesOf(reactions);
  if (typePrefixes?.length === 0) return untilAborted(term.signal);
  let positions = await positionsOf(owner.run, reactions);
  let unwrittenSince: number | undefined;
  while (!term.signal.aborted) {
    const after = earliest(positions);
    const page = await log.readAll({ after, max: pageSize, typePrefixes });
    const effects = causedBy(options, positions, page);
    const next = page.next ?? beforeAll;
    if (page.next !== after) unwrittenSince ??= performance.now();
    if (effects.length > 0 || performance.now() - (unwrittenSince ?? Number.POSITIVE_INFINITY) > idleCheckpointMs) {
      await record(options, term, { effects, next });
      unwrittenSince = undefined;
    }
    positions = new Map([...positions].map(([name, position]) => [name, position > next ? position : next]));
    if (page.caughtUp) await Promise.all([log.waitBeyond(page.next, term.signal), sleep(pauseMs)]);
  }
}

function causedBy({ reactions, telemetry }: ReadOnOptions, positions: Positions, page: LogPage): readonly NewEffect[] {
  const effects = page.events.flatMap((event) =>
    reactions
      .filter(({ name }) => event.position > (positions.get(name) ?? event.position))
      .flatMap((reaction) => effectsOf(reaction, event)),
  );
  for (const { error, key, tenant } of effects) {
    if (error === undefined) continue;
    telemetry.log.error({ effect: key, tenant, error }, 'a reaction failed on an event, which is held and tried again');
  }
  return effects;
}

async function record(
  { enqueuer, owner, reactions, telemetry }: ReadOnOptions,
  term: Term,
  { effects, next }: { readonly effects: readonly NewEffect[]; readonly next: bigint },
): Promise<void> {
  const fresh = await owner.transaction(async (run): Promise<readonly Enqueued[]> => {
    await term.fence(run);
    const inserted = await insertEffects(run, effects);
    await advance(run, reactions, next);
    return inserted;
  });
  for (const { queue } of fresh) telemetry.metrics.count('keyledger_effects_total', { queue, outcome: 'recorded' });
  await enqueuer.enqueue(fresh.filter(({ delayMs }) => delayMs < horizonMs));
}
