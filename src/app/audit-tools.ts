import { randomUUID } from 'node:crypto';
import type { Database } from '../adapters/postgres/database.ts';
import { type Change, eachChange, eachRow, type Found } from '../adapters/projector/look.ts';
import { type Replayed, replayInto } from '../adapters/projector/replay.ts';
import type { WorkshopDeps } from '../adapters/projector/workshop.ts';
import { entryFrom } from '../domain/audit/entry-rows.ts';
import { proofRows, selectInclusion } from '../domain/audit/proof-reads.ts';
import { inclusionProof } from '../kernel/crypto/merkle.ts';
import type { EventLog } from '../kernel/log.ts';
import { type PersonalData, revealed } from '../kernel/personal.ts';
import type { Projection } from '../kernel/projection.ts';
import { leafData } from '../kernel/proof/entry.ts';
import type { LogProof } from '../kernel/proof/tlog-proof.ts';
import type { Row } from '../kernel/query.ts';
import { type Sql, sql } from '../kernel/sql.ts';

export type { Change, Found } from '../adapters/projector/look.ts';

/** One deed about a secret, as its trail has it. */
export type Deed = Row;

/** Looks at the audit and into the past, with the rights of who owns the installation. */
export interface AuditTools {
  /** A position of the log as written, or the last one before the first event after a time (ISO 8601); undefined: before all. */
  positionOf(moment: string): Promise<bigint | undefined>;
  /** Shows a read model as of a position: every row. */
  replay(name: string, upTo: bigint, show: (found: Found) => void): Promise<void>;
  /** Shows what changed in a read model between two positions. */
  diff(name: string, between: readonly [bigint, bigint], show: (change: Change) => void): Promise<void>;
  /** The proof of an entry by its event's id; why there is none, in words. */
  prove(eventId: string): Promise<LogProof | string>;
  /** Who did what to a secret, oldest first. */
  whoDid(of: {
    readonly secretId: string;
    readonly version?: number | undefined;
    readonly tenant?: string | undefined;
  }): Promise<readonly Deed[]>;
}

export interface AuditToolsDeps extends WorkshopDeps {
  /** Absent where the root key is not at hand: personal data is then shown sealed. */
  readonly personal?: PersonalData | undefined;
}

export function auditTools(deps: AuditToolsDeps, named: (name: string) => Projection): AuditTools {
  const { log, owner } = deps;
  const plain = async (row: Row): Promise<Row> => {
    return deps.personal === undefined ? row : revealed(deps.personal, String(row['tenant_id']), row);
  };
  const inScratch = async <T>(name: string, upTo: bigint, work: (replayed: Replayed) => Promise<T>): Promise<T> => {
    const schema = `replay_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
    const replayed = await replayInto(deps, schema, named(name), { upTo });
    return work(replayed).finally(() => replayed.drop());
  };
  return {
    positionOf: (moment) => positionOf(log, moment),
    replay: (name, upTo, show) =>
      inScratch(name, upTo, (replayed) =>
        eachRow(owner, replayed, async ({ row, table }) => show({ table, row: await plain(row) })),
      ),
    diff: (name, [first, second], show) =>
      inScratch(name, first, (before) =>
        inScratch(name, second, (after) =>
          eachChange(owner, [before, after], async (change) =>
            show({
              ...change,
              before: change.before && (await plain(change.before)),
              after: change.after && (await plain(change.after)),
            }),
          ),
        ),
      ),
    prove: (eventId) => prove(owner, eventId),
    whoDid: async (of) => Promise.all((await live(owner, deeds(of))).map(plain)),
  };
}

/** The tables that are asked are not there yet. */
export class NotBuilt extends Error {
  override readonly name = 'NotBuilt';

  constructor() {
    super('The read models are not built yet: start Keyledger on this data, or wait until it has built them.');
  }
}

const noSuchTable = '42P01';

/** Reads the live read models, of every tenant. @throws {NotBuilt} */
async function live(owner: Database, statement: Sql): Promise<readonly Row[]> {
  try {
    return await owner.transaction(async (run) => {
      await run(sql`
      select set_config('transaction_read_only', 'on', true), set_config('search_path', 'read_models', true)`);
      return run(statement);
    });
  } catch (error) {
    throw (error as { readonly code?: unknown }).code === noSuchTable ? new NotBuilt() : error;
  }
}

async function positionOf(log: EventLog, moment: string): Promise<bigint | undefined> {
  if (/^\d+$/.test(moment)) return BigInt(moment);
  const time = new Date(moment).toISOString();
  let last: bigint | undefined;
  let after: bigint | undefined;
  for (;;) {
    const page = await log.readAll({ after, max: 1_000 });
    for (const { metadata, position } of page.events) {
      if (typeof metadata['at'] === 'string' && metadata['at'] > time) return last;
      last = position;
    }
    if (page.caughtUp) return last;
    after = page.next;
  }
}

async function prove(owner: Database, eventId: string): Promise<LogProof | string> {
  const [found] = await live(owner, sql`select tenant_id from audit_entries where event_id = ${eventId}`);
  if (found === undefined) return `There is no entry of an event ${eventId}.`;
  const rows = await live(owner, selectInclusion(String(found['tenant_id']), { eventId }));
  const [row] = rows;
  if (row === undefined) return 'The entry cannot be proved yet: its tree is still being read.';
  const { note, roots, size } = proofRows(rows);
  const entry = entryFrom(row);
  if (note === undefined || entry.index >= size) {
    return 'The entry came after the newest checkpoint; one is signed every minute, and at each export.';
  }
  return {
    extra: leafData(entry),
    index: entry.index,
    path: inclusionProof(entry.index, size, roots),
    checkpoint: note,
  };
}

function deeds({ secretId, tenant, version }: Parameters<AuditTools['whoDid']>[0]): Sql {
  return sql`
    select t.tenant_id, t.at, t.action, t.version, t.actor_type, t.actor, t.source, t.details, t.event_id, e.index
    from vault_secret_trail t left join audit_entries e on e.tenant_id = t.tenant_id and e.event_id = t.event_id
    where t.secret_id = ${secretId} and (${tenant}::text is null or t.tenant_id = ${tenant})
      and (${version}::int is null or t.version = ${version})
    order by t.tenant_id, t.position, t.revision`;
}
