import { setTimeout as sleep } from 'node:timers/promises';
import { v4 as uuidv4 } from 'uuid';
import { z } from 'zod';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { connectDatabase, type Database } from '../../../src/adapters/postgres/database.ts';
import { kernelMigrations } from '../../../src/adapters/postgres/kernel-migrations.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { type Aggregate, type AnyAggregate, aggregate, type DomainEvent } from '../../../src/kernel/aggregate.ts';
import { encodeEvent, streamName } from '../../../src/kernel/codec.ts';
import type { EventLog } from '../../../src/kernel/log.ts';
import { type Projection, projection } from '../../../src/kernel/projection.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { silent, type Telemetry } from '../../../src/kernel/telemetry.ts';
import { when } from '../../../src/kernel/when.ts';
import { sharedStores } from '../../support/stores.ts';

const counterEvents = {
  Opened: z.object({ title: z.string() }),
  Added: z.object({ amount: z.int() }),
  Closed: z.object({}),
};
export type Counter = Aggregate<string, typeof counterEvents, null>;

/** An aggregate that no other suite on the shared event node writes to. */
export function counterAggregate(name = `test.Counter${uuidv4().replaceAll('-', '')}`): Counter {
  return aggregate({
    name,
    events: counterEvents,
    initial: (): null => null,
    evolve: { Opened: () => null, Added: () => null, Closed: () => null },
  });
}

/** A read model of counters whose rows show what was applied: sum, number of events and the last revision. */
export function countersOf(of: Counter, other: Partial<Projection> = {}): Projection {
  return {
    ...projection({
      name: 'test_counters',
      version: 1,
      table: `
        create table test_counters (
          tenant_id text not null, id text not null, title text not null, total int not null, events int not null,
          revision int not null, primary key (tenant_id, id));
        create index test_counters_total on test_counters (tenant_id, total);`,
      on: when(of, {
        Opened: ({ title }, { tenant, id, revision }) => [
          sql`insert into test_counters values (${tenant}, ${id}, ${title}, 0, 1, ${revision})`,
        ],
        Added: ({ amount }, { tenant, id, revision }) => [
          sql`update test_counters set total = total + ${amount}, events = events + 1, revision = ${revision}
            where tenant_id = ${tenant} and id = ${id}`,
        ],
        Closed: (_, { tenant, id }) => [sql`delete from test_counters where tenant_id = ${tenant} and id = ${id}`],
      }),
    }),
    ...other,
  };
}

/** Appends facts of one counter; `expected` is the revision before them. */
export async function write(
  log: EventLog,
  of: Counter,
  at: { readonly tenant?: string; readonly id: string; readonly expected?: number | 'none' | 'any' },
  events: readonly DomainEvent[],
): Promise<bigint> {
  const tenant = at.tenant ?? 'acme';
  const commandId = uuidv4();
  const encoded = events.map((event) =>
    encodeEvent(of as unknown as AnyAggregate, event, uuidv4(), {
      tenant,
      actor: { type: 'user', id: 'alice' },
      at: '2026-01-01T00:00:00.000Z',
      operation: 'test.write',
      commandId,
      requestId: commandId,
      $correlationId: commandId,
      $causationId: commandId,
    }),
  );
  return (await log.append(streamName(of.name, tenant, at.id), encoded, at.expected ?? 'any')).position;
}

export interface TestStores {
  readonly log: EventLog;
  readonly owner: Database;
  readonly app: Database;
  readonly urls: { readonly events: string; readonly owner: string; readonly app: string };
  readonly close: () => Promise<void>;
}

/** A migrated database of the suite's own, and the shared event node. */
export async function projectorStores(options: { readonly appConnections?: number } = {}): Promise<TestStores> {
  const { ownerUrl, url } = await sharedStores().freshDatabase();
  const { url: events } = await sharedStores().eventNode();
  const owner = connectDatabase(ownerUrl);
  const app = connectDatabase(url, { max: options.appConnections ?? 4 });
  await migrate(owner, app.role, kernelMigrations);
  const log = connectEventLog(events);
  const close = async (): Promise<void> => {
    await log.close();
    await app.close();
    await owner.close();
  };
  return { log, owner, app, urls: { events, owner: ownerUrl, app: url }, close };
}

/** Repeats until it holds; the suite's own bound ends a wait in vain. */
export async function until(holds: () => Promise<boolean> | boolean, ms = 20): Promise<void> {
  while (!(await holds())) await sleep(ms);
}

/** Telemetry that keeps what was said. */
export function recorded(): Telemetry & {
  readonly said: {
    readonly level: string;
    readonly facts: Readonly<Record<string, unknown>>;
    readonly message: string;
  }[];
  readonly gauges: Map<string, number>;
} {
  const said: { level: string; facts: Readonly<Record<string, unknown>>; message: string }[] = [];
  const gauges = new Map<string, number>();
  const at =
    (level: string) =>
    (facts: Readonly<Record<string, unknown>>, message: string): void => {
      said.push({ level, facts, message });
      if (process.env['KEYLEDGER_TEST_LOG'] !== undefined) console.error(level, message, facts);
    };
  const log: Telemetry['log'] = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  };
  const metrics: Telemetry['metrics'] = {
    ...silent.metrics,
    gauge: (name, value, labels) => void gauges.set(`${name} ${labels?.['projection'] ?? ''}`, value),
  };
  return { log, metrics, said, gauges };
}
