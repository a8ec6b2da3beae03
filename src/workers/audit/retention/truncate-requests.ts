import { z } from 'zod';
import { clearRun } from '../../../../commands/audit/retention/clear-run.ts';
import { completeRun } from '../../../../commands/audit/retention/complete-run.ts';
import { expireRequests } from '../../../../commands/audit/retention/expire-requests.ts';
import { keepLeaves } from '../../../../commands/audit/retention/keep-leaves.ts';
import { recordTruncation } from '../../../../commands/audit/retention/record-truncation.ts';
import {
  type ExpiredDay,
  expiredDayFrom,
  readDay,
  selectExpiredDays,
  selectLeaves,
} from '../../../domain/audit/retention/expired-days.ts';
import type { Hold } from '../../../domain/audit/retention/legal-hold.ts';
import { loadRun } from '../../../domain/audit/retention/lookups.ts';
import { leavesAtOnce, packLeaves } from '../../../kernel/proof/kept-leaves.ts';
import { sql } from '../../../kernel/sql.ts';
import { type WorkerContext, worker } from '../../../kernel/worker.ts';

const Data = z.object({ runId: z.uuid(), position: z.string() });

/** Milliseconds a day has to be over: no process whose clock is behind adds to it any more. */
const restMs = 24 * 3_600_000;

/**
 * Takes from the log what all has expired of a day's facts about requests: keeps their leaves, says what they used, and truncates. Only facts
 * about requests go this way; what happened to secrets, keys and people stays on the log.
 */
export const truncateRequests = worker({
  queue: 'audit.truncate-requests',
  attempts: 10,
  concurrency: 1,
  process: async (raw, context) => {
    const { position, runId } = Data.parse(raw);
    const { execute, ports, tenant } = context;
    await seen(context, BigInt(position));
    const { expired, status, truncated } = await loadRun(ports, tenant, runId);
    if (status !== 'pruned') return;
    for (const [day, before] of Object.entries(expired)) {
      if (!truncated.includes(day)) await truncate(context, runId, { day, before });
    }
    const end = new Date(ports.clock.now() - restMs).toISOString().slice(0, 10);
    const days = (await ports.read(tenant, selectExpiredDays(tenant, end))).map(expiredDayFrom);
    for (const day of days.filter((each) => expired[each.day] === undefined)) await expire(context, runId, day);
    await execute(completeRun, { runId }, 'complete');
  },
});

/** @throws {Error} the audit's read model has not seen the position: the job is tried again */
async function seen({ ports, tenant }: WorkerContext, position: bigint): Promise<void> {
  const [head] = await ports.read(tenant, sql`select position from audit_heads where tenant_id = ${tenant}`);
  if (((head?.['position'] ?? -1n) as bigint) < position) throw new Error(`audit_log has not seen ${position} yet`);
}

async function expire(context: WorkerContext, runId: string, { day, facts }: ExpiredDay): Promise<void> {
  const { execute, ports, tenant } = context;
  const part = `${day} ${ports.clock.now()}`;
  const { holds } = (await execute(clearRun, { runId, part }, `clear ${part}`)) as { readonly holds: readonly Hold[] };
  const found = await readDay(ports, { tenant, day, holds });
  // Another number of facts: some came late, or were never entries. Then the day waits.
  if (found?.facts !== facts) return;
  for (let from = 0; from < facts; from += leavesAtOnce) {
    const rows = await ports.read(tenant, selectLeaves(tenant, day, from, leavesAtOnce));
    const leaves = packLeaves(
      rows.map((row) => ({
        index: Number(row['index']),
        position: row['position'] as bigint,
        leaf: row['leaf'] as Buffer,
      })),
    );
    await execute(keepLeaves, { runId, day, from, leaves }, `leaves ${day} ${from}`);
  }
  const { bytes, usage } = found;
  await execute(expireRequests, { runId, day, before: facts, bytes, usage }, `expire ${day}`);
  await truncate(context, runId, { day, before: facts });
}

async function truncate(
  { execute, ports, tenant }: WorkerContext,
  runId: string,
  { before, day }: { readonly day: string; readonly before: number },
): Promise<void> {
  await ports.truncateRequests(tenant, day, before);
  await execute(recordTruncation, { runId, day, before }, `truncated ${day}`);
}
