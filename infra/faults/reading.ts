import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreUrls } from '../../src/app/parts.ts';
import { openTools, type Tools } from '../../src/app/tools.ts';
import type { LogEvent } from '../../src/kernel/log.ts';
import { sql } from '../../src/kernel/sql.ts';
import { certified, destroyed } from './checker/facts.ts';
import type { ChainedEntry, FinalReading, TableDigest, Usage } from './checker/records.ts';

/** What is still to happen, in words; undefined where everything has come to rest. */
export type Resting = (events: readonly LogEvent[]) => string | undefined;

/** The stores as one reads them from outside, apart from the processes that work on them. */
export interface Reading {
  /** The whole log, in commit order. */
  events(): Promise<readonly LogEvent[]>;
  /**
   * Waits until read models and effects have caught up with the log, and nobody writes any more.
   *
   * @param resting asks for more
   * @returns what was still to happen when `patienceMs` was over
   */
  rest(patienceMs: number, resting?: Resting): Promise<string | undefined>;
  /** Everything the checker needs. Replays the log into each read model. */
  final(): Promise<FinalReading>;
  close(): Promise<void>;
}

export async function openReading(stores: StoreUrls): Promise<Reading> {
  const tools = await openTools(stores);
  return {
    events: () => eventsOf(tools),
    rest: (patienceMs, resting = () => undefined) => rest(tools, patienceMs, resting),
    final: () => finalOf(tools),
    close: () => tools.close(),
  };
}

async function eventsOf({ log }: Tools): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  let after: bigint | undefined;
  for (;;) {
    const page = await log.readAll({ after, max: 1_000 });
    events.push(...page.events);
    if (page.caughtUp || page.next === after) return events;
    after = page.next;
  }
}

async function rest(tools: Tools, patienceMs: number, resting: Resting): Promise<string | undefined> {
  const end = performance.now() + patienceMs;
  let quiet = 0;
  let before: bigint | undefined;
  for (;;) {
    const head = await tools.log.head();
    const busy = head === before ? await busyWith(tools, head, resting) : 'the log grows';
    quiet = busy === undefined ? quiet + 1 : 0;
    // A fact may be on its way from one store to another: rest is what lasts.
    if (quiet === 3) return undefined;
    if (performance.now() > end) return busy;
    before = head;
    await sleep(100);
  }
}

async function busyWith(tools: Tools, head: bigint | undefined, resting: Resting): Promise<string | undefined> {
  const [open] = await tools.owner.run(sql`select count(*) as n from kernel.effects where status <> 'done'`);
  if (Number(open?.['n']) > 0) return `${open?.['n']} effects are not done`;
  for (const { live, name } of await tools.projections.status()) {
    if (live?.position === undefined || live.position < (head ?? 0n)) return `${name} is behind the log`;
  }
  const events = await eventsOf(tools);
  const count = (type: string): number => events.filter((event) => event.type === type).length;
  const left = count(destroyed) - count(certified);
  return left > 0 ? `${left} destructions are not certified` : resting(events);
}

/** A replay that a machine too busy to renew its lease has lost is begun again: that says nothing of what is read. */
async function digestsOf(
  { projections }: Pick<Tools, 'projections'>,
  name: string,
  tries = 5,
): Promise<readonly TableDigest[]> {
  try {
    return await projections.digests(name);
  } catch (error) {
    if ((error as Error).name !== 'LeaseLost' || tries === 1) throw error;
    return digestsOf({ projections }, name, tries - 1);
  }
}

async function finalOf(tools: Tools): Promise<FinalReading> {
  const tables: TableDigest[] = [];
  for (const name of tools.projections.names) tables.push(...(await digestsOf(tools, name)));
  const usage = await tools.owner.run(
    sql`select tenant_id as tenant, meter, sum(units)::int as units from read_models.tenancy_usage group by 1, 2`,
  );
  const entries = await tools.owner.run(sql`
    select tenant_id as tenant, index::int, event_id::text as "eventId", encode(leaf, 'hex') as leaf, encode(chain, 'hex') as chain
    from read_models.audit_entries order by tenant_id, index`);
  return {
    tables,
    usage: usage as unknown as readonly Usage[],
    entries: entries as unknown as readonly ChainedEntry[],
    events: await eventsOf(tools),
  };
}
