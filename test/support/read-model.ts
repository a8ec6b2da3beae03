import { v5 as uuidv5 } from 'uuid';
import { connectDatabase, type Database } from '../../src/adapters/postgres/database.ts';
import type { DomainEvent, Fact } from '../../src/kernel/aggregate.ts';
import type { Projection } from '../../src/kernel/projection.ts';
import type { AnyQuery, Row } from '../../src/kernel/query.ts';
import { rawSql, sql } from '../../src/kernel/sql.ts';
import { testContext } from './scenario.ts';
import { sharedStores } from './stores.ts';

/** An event of the thing with this id, in the tests' tenant unless it says otherwise. */
export interface Past {
  readonly id: string;
  readonly event: DomainEvent;
  readonly tenant?: string;
}

/** Read models on a real Postgres, after some events. */
export interface ReadModel {
  /** All rows of one table, without `tenant_id`, in the order of its columns. */
  rows(table: string): Promise<readonly Row[]>;
  /** What a query answers, or its rejection. A page holds all rows. */
  ask(query: unknown, input: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** Makes the tables of some projections in a database of their own, and feeds them: one event a minute, from the start of 2026. */
export async function readModel(projections: readonly Projection[], past: readonly Past[]): Promise<ReadModel> {
  const database = connectDatabase((await sharedStores().freshDatabase()).ownerUrl);
  for (const { table } of projections) await database.run(rawSql(table));
  for (const [index, { id, event, tenant = testContext.tenant }] of past.entries()) {
    await feed(database, projections, event, factAt(index, { id, event, tenant }));
  }
  return {
    rows: async (table) => {
      const rows = await database.run(sql`select * from ${rawSql(table)} order by 1, 2`);
      return rows.map(({ tenant_id: _, ...row }) => row);
    },
    ask: async (query, input) => {
      const { run, respond, input: schema } = query as AnyQuery;
      const parsed = schema.parse(input);
      return respond(await database.run(run(parsed, testContext)), parsed, testContext);
    },
    close: () => database.close(),
  };
}

async function feed(
  database: Database,
  projections: readonly Projection[],
  event: DomainEvent,
  fact: Fact,
): Promise<void> {
  for (const { aggregate, handle } of projections.flatMap(({ on }) => on)) {
    if (aggregate.name !== event.aggregate) continue;
    for (const statement of handle(event, fact) ?? []) await database.run(statement);
  }
}

function factAt(index: number, { id, event, tenant }: Required<Past>): Fact {
  return {
    eventId: uuidv5(String(index), testContext.commandId),
    stream: `${event.aggregate}-${tenant}.${id}`,
    id,
    revision: index,
    position: BigInt(index),
    tenant,
    at: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString(),
    actor: testContext.actor,
    metadata: {},
  };
}
