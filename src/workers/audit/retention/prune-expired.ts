import { v4 as uuidv4 } from 'uuid';
import { z } from 'zod';
import { clearRun } from '../../../../commands/audit/retention/clear-run.ts';
import { finishPruning } from '../../../../commands/audit/retention/finish-pruning.ts';
import { pruneEntries } from '../../../../commands/audit/retention/prune-entries.ts';
import { recordArchive } from '../../../../commands/audit/retention/record-archive.ts';
import { archiveSeal } from '../../../domain/audit/retention/archive-seal.ts';
import { archiveLines } from '../../../domain/audit/retention/archiving.ts';
import type { RetentionTerms } from '../../../domain/audit/retention/fields.ts';
import { loadPlaced, loadRun } from '../../../domain/audit/retention/lookups.ts';
import { pruningOf, selectIndexes } from '../../../domain/audit/retention/pages.ts';
import { shredPayloads } from '../../../domain/audit/retention/payloads.ts';
import type { RetentionRunState } from '../../../domain/audit/retention/retention-run.ts';
import type { Selection } from '../../../domain/audit/retention/selection.ts';
import type { Seal } from '../../../kernel/archive.ts';
import { type WorkerContext, worker } from '../../../kernel/worker.ts';

const Data = z.object({ runId: z.uuid(), position: z.string() });
type Data = z.output<typeof Data>;

/** Entries of one event of pruning at most. */
const entriesAtOnce = 20_000;

/** Archives what a run found, then prunes it. Each part is cleared under the holds of that moment; whatever was done is not done again. */
export const pruneExpired = worker({
  queue: 'audit.prune-expired',
  attempts: 10,
  concurrency: 1,
  process: async (raw, context) => {
    const data = Data.parse(raw);
    let run = await loadRun(context.ports, context.tenant, data.runId);
    const { policy } = run;
    if (run.status !== 'started' || policy === undefined) return;
    if (policy.archiveConfig.enabled && run.archive === undefined) {
      await archive(context, data, { policy, run });
      // Another worker's may be the one on record.
      run = await loadRun(context.ports, context.tenant, data.runId);
    }
    if (run.archive !== undefined) {
      await context.ports.archive.keepOnly(context.tenant, fileOf(policy, data.runId), run.archive.file);
    }
    await prune(context, data.runId, { policy, run });
    await context.execute(finishPruning, { runId: data.runId }, 'finish');
  },
});

interface Running {
  readonly run: RetentionRunState;
  readonly policy: RetentionTerms;
}

const fileOf = ({ archiveConfig }: RetentionTerms, runId: string): string => `${archiveConfig.destination}-${runId}`;

/**
 * What the run may take now. A clearance is asked for anew each time: a hold placed meanwhile binds. So does one that was released
 * since the archive was written, which is without what it held.
 */
async function cleared(
  { execute, ports, tenant }: WorkerContext,
  runId: string,
  { policy, run }: Running,
): Promise<Selection> {
  const part = `${run.prunedUpTo} ${ports.clock.now()}`;
  const { holds } = (await execute(clearRun, { runId, part }, `clear ${part}`)) as Pick<Selection, 'holds'>;
  const earlier = await loadPlaced(ports, tenant, run.archive?.holds ?? []);
  return { tenant, scope: policy.scope, cutoff: run.cutoff, size: run.size, holds: [...holds, ...earlier] };
}

async function archive(context: WorkerContext, { position, runId }: Data, running: Running): Promise<void> {
  const { execute, ports, progress, tenant } = context;
  const { policy, run } = running;
  const selection = await cleared(context, runId, running);
  const checkpoint = await ports.checkpointNow(tenant, BigInt(position));
  const file = `${fileOf(policy, runId)}-${uuidv4()}.ndjson.gz`;
  let entries = 0;
  const onPage = async (done: number): Promise<void> => {
    entries = done;
    await progress(done, run.size);
  };
  const head = { tenant, runId, policyId: run.policyId, policy, cutoff: run.cutoff };
  const lines = archiveLines(ports, { head, checkpoint, selection, onPage });
  const seal: Seal = (before) => archiveSeal(ports.signer, runId, before);
  const written = await ports.archive.put(tenant, file, lines, seal);
  const { root, size } = checkpoint;
  const holds = selection.holds.map(({ holdId }) => holdId);
  await execute(
    recordArchive,
    { runId, file, ...written, entries, holds, checkpoint: { root, size } },
    `archive ${written.sha256}`,
  );
}

async function prune(context: WorkerContext, runId: string, running: Running): Promise<void> {
  const { execute, ports, progress, tenant } = context;
  let from = running.run.prunedUpTo;
  for (;;) {
    const selection = await cleared(context, runId, { ...running, run: { ...running.run, prunedUpTo: from } });
    const rows = await ports.read(tenant, selectIndexes(selection, from, entriesAtOnce));
    if (rows.length === 0) return;
    const pruning = pruningOf(rows);
    // Keys go before the event says so: a worker that ends in between leaves entries that the next one takes.
    const payloads = await shredPayloads(ports, tenant, rows.slice(0, pruning.entries));
    const part = `prune ${from} ${ports.clock.now()}`;
    const taken = { runId, from, ...pruning, ...(payloads && { payloads }) };
    const { prunedUpTo } = (await execute(pruneEntries, taken, part)) as { prunedUpTo: number };
    // Another worker has finished it.
    if (prunedUpTo === from) return;
    from = prunedUpTo;
    await progress(from, running.run.size);
  }
}
