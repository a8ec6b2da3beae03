import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { v4 as uuidv4 } from 'uuid';
import { auditLog } from '../../../projections/audit/audit-log.ts';
import { auditRetentionDays } from '../../../projections/audit/retention/audit-retention-days.ts';
import { auditRetentionRuns } from '../../../projections/audit/retention/audit-retention-runs.ts';
import { ask, infoFor } from '../../../src/adapters/effects/execute.ts';
import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import { streamName } from '../../../src/kernel/codec.ts';
import type { AnyCommand } from '../../../src/kernel/command.ts';
import type { LogEvent } from '../../../src/kernel/log.ts';
import type { Ports } from '../../../src/kernel/ports.ts';
import { Request } from '../../../src/kernel/request.ts';
import { sql } from '../../../src/kernel/sql.ts';
import type { Worker, WorkerContext } from '../../../src/kernel/worker.ts';
import { pruneExpired } from '../../../src/workers/audit/retention/prune-expired.ts';
import { truncateRequests } from '../../../src/workers/audit/retention/truncate-requests.ts';
import { Bell } from '../delivering.ts';
import { write } from '../events.ts';
import { type Stack, startStack } from '../stack.ts';
import type { ModelEntry } from './retention-model.ts';

/** A fact as it is made up: of a request where it has an operation of a service, else a bell's. */
export interface Told {
  readonly daysAgo: number;
  readonly service: 'vault' | 'identity' | 'demo';
  readonly action: string;
  readonly subject: string;
  readonly actor: string;
}

/** What a run of cleaning up did, by its own stream and its archive. */
export interface RunRecord {
  readonly completed: Readonly<Record<string, unknown>> | undefined;
  readonly indexes: readonly number[];
  readonly archived: ReadonlySet<string> | undefined;
}

/** Told before each step of a worker: what it throws ends the worker, which is then started again. */
export type BeforeStep = () => Promise<void>;

/** The process a worker ran in ended. */
export class Killed extends Error {}

/** Retention in a tenant of its own: real stores, and workers that run when they are told to. */
export interface RetentionWorld {
  readonly stack: Stack;
  readonly tenant: string;
  tell(facts: readonly Told[]): Promise<readonly ModelEntry[]>;
  /** Index by event id of all entries that are there. */
  entries(): Promise<ReadonlyMap<string, number>>;
  /** Ids of the facts about requests of a day that are on the log. */
  factsOf(day: string): Promise<ReadonlySet<string>>;
  /** Does all of a run's work, however often it is killed. */
  work(runId: string, before: BeforeStep): Promise<void>;
  record(runId: string): Promise<RunRecord>;
}

/** Starts the stores' side of it. The caller closes it. */
export async function startRetention(): Promise<Stack> {
  return startStack({ projections: [auditLog, auditRetentionDays, auditRetentionRuns] });
}

export function retentionWorld(stack: Stack): RetentionWorld {
  const tenant = uuidv4();
  const { log, ports } = stack;
  const runStream = (runId: string): string => streamName(RetentionRun.name, tenant, runId);
  const last = async (stream: string): Promise<bigint> => (await all(stack, stream)).at(-1)?.position ?? 0n;
  const world: RetentionWorld = {
    stack,
    tenant,
    tell: async (facts) => {
      const told: ModelEntry[] = [];
      for (const fact of facts) told.push(await tellOne(stack, tenant, fact));
      return told;
    },
    entries: async () => {
      await seen(stack, await headOf(stack));
      const rows = await ports.read(tenant, sql`select index, event_id from audit_entries where tenant_id = ${tenant}`);
      return new Map(rows.map((row) => [String(row['event_id']), Number(row['index'])]));
    },
    factsOf: async (day) => {
      const ids = new Set<string>();
      for await (const { id } of log.readStream(streamName(Request.name, tenant, day))) ids.add(id);
      return ids;
    },
    work: async (runId, before) => {
      await seen(stack, await last(runStream(runId)));
      await untilDone(world, pruneExpired, runId, before);
      await seen(stack, await last(runStream(runId)));
      await untilDone(world, truncateRequests, runId, before);
      await seen(stack, await last(runStream(runId)));
    },
    record: async (runId) => recordOf(ports, tenant, await all(stack, runStream(runId))),
  };
  return world;
}

/** As the queue does: a job that failed is tried again, from its start. */
async function untilDone(world: RetentionWorld, { process }: Worker, runId: string, before: BeforeStep): Promise<void> {
  const { stack, tenant } = world;
  const position = String((await all(stack, streamName(RetentionRun.name, tenant, runId))).at(-1)?.position ?? 0n);
  for (;;) {
    try {
      return await process({ runId, position }, contextOf(world, `${runId} ${process.name}`, before));
    } catch (error) {
      // An archive that another worker has made superfluous is taken away while it is written.
      const isTakenAway = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!(error instanceof Killed) && !isTakenAway) throw error;
    }
  }
}

function contextOf({ stack, tenant }: RetentionWorld, effectKey: string, before: BeforeStep): WorkerContext {
  const { pipeline, ports } = stack;
  return {
    effectKey,
    tenant,
    ports: {
      ...ports,
      read: async (of, statement) => {
        await before();
        return ports.read(of, statement);
      },
      archive: {
        ...ports.archive,
        put: async (of, name, content, seal) => {
          await before();
          return ports.archive.put(of, name, content, seal);
        },
      },
      checkpointNow: async () => {
        const [head] = await ports.read(tenant, sql`select size from audit_heads where tenant_id = ${tenant}`);
        return { size: Number(head?.['size']), root: '', note: '' };
      },
    },
    execute: async (command, input, step = '') => {
      await before();
      const asked = { command: command as AnyCommand, input, tenant, part: 'worker' };
      const body = await ask(pipeline.executeAs, { ...asked, info: infoFor(`${effectKey} ${step}`) });
      await before();
      return body;
    },
    progress: async () => undefined,
  };
}

async function tellOne({ clock, log }: Stack, tenant: string, fact: Told): Promise<ModelEntry> {
  const { action, actor, daysAgo, service, subject } = fact;
  const at = new Date(clock.now() - daysAgo * 86_400_000).toISOString();
  const isRequest = service !== 'demo';
  const day = isRequest ? at.slice(0, 10) : undefined;
  const operation = `${service}.doSomething`;
  const events = isRequest
    ? [Request.events.Answered({ operation, action, subject, status: 200 })]
    : [Bell.events.Rung({ count: 1, secret: '' })];
  const metadata = { operation, action, subject, actor: { type: 'user', id: actor } };
  const id = day ?? uuidv4();
  const of = isRequest ? Request : Bell;
  const { position } = await write(log, of, events, { tenant, id, at, metadata });
  let eventId = '';
  for await (const stored of log.readStream(streamName(of.name, tenant, id))) {
    if (stored.position <= position) eventId = stored.id;
  }
  const type = isRequest ? 'audit.Request.Answered' : 'demo.Bell.Rung';
  return { eventId, day, at, type, action, subject, actor, service };
}

async function recordOf(ports: Ports, tenant: string, events: readonly LogEvent[]): Promise<RunRecord> {
  const of = (name: string): readonly Readonly<Record<string, unknown>>[] =>
    events.filter(({ type }) => type === `${RetentionRun.name}.${name}`).map(({ data }) => data);
  const ranges = of('EntriesPruned').flatMap(({ ranges }) => ranges as { first: number; last: number }[]);
  const file = of('ArchiveWritten')[0]?.['file'];
  return {
    completed: of('Completed')[0],
    indexes: ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, n) => first + n)),
    archived: file === undefined ? undefined : await archivedIn(ports, tenant, String(file)),
  };
}

async function archivedIn({ archive }: Ports, tenant: string, file: string): Promise<ReadonlySet<string>> {
  const content = await archive.open(tenant, file);
  if (content === undefined) throw new Error(`the archive ${file} is not there`);
  const lines = gunzipSync(await buffer(content))
    .toString()
    .trimEnd()
    .split('\n');
  // Between the head, and the end with its seal.
  const entries = lines
    .slice(1, -2)
    .map((line) => JSON.parse(line) as { readonly entry: { readonly eventId: string } });
  return new Set(entries.map(({ entry }) => entry.eventId));
}

async function all({ log }: Stack, stream: string): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  for await (const event of log.readStream(stream)) events.push(event);
  return events;
}

async function headOf({ log }: Stack): Promise<bigint> {
  const head = await log.head();
  return head ?? 0n;
}

/** Waits until every read model has seen a position. */
async function seen({ database }: Stack, position: bigint): Promise<void> {
  for (;;) {
    const [row] = await database.owner.run(
      sql`select coalesce(min(coalesce(position, -1)), -1)::text as least from kernel.projections where state = 'live'`,
    );
    if (BigInt(String(row?.['least'])) >= position) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
