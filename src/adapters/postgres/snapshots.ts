import { createHash, timingSafeEqual } from 'node:crypto';
import { parseStream } from '../../kernel/codec.ts';
import type { Row } from '../../kernel/query.ts';
import type { Snapshot, SnapshotStore } from '../../kernel/snapshots.ts';
import { type Sql, sql } from '../../kernel/sql.ts';
import type { Database } from './database.ts';

/** Streams whose snapshot waits to be kept, at most; beyond it the newest wish is dropped, which costs a longer load later. */
const waitingAtMost = 1_000;

/**
 * Snapshots in `kernel.snapshots`, one a stream. A row whose SHA-256 does not hold, whose version differs or that cannot be read counts
 * as absent. Writes happen one after the other in the background; a newer one for a stream replaces the one that waits.
 */
export function createSnapshotStore(database: Database): SnapshotStore {
  const waiting = new Map<string, Snapshot>();
  let draining = false;
  const drain = async (): Promise<void> => {
    draining = true;
    for (let next = first(waiting); next !== undefined; next = first(waiting)) {
      waiting.delete(next.stream);
      // A snapshot is only a shortcut: one that cannot be kept is made again later.
      await keep(database, next).catch(() => undefined);
    }
    draining = false;
  };
  return {
    load: (stream, version) => load(database, stream, version).catch(() => undefined),
    save: (snapshot) => {
      if (waiting.size >= waitingAtMost && !waiting.has(snapshot.stream)) return;
      waiting.set(snapshot.stream, snapshot);
      if (!draining) void drain();
    },
  };
}

function first(waiting: ReadonlyMap<string, Snapshot>): Snapshot | undefined {
  return waiting.values().next().value;
}

async function load(database: Database, stream: string, version: number): Promise<Snapshot | undefined> {
  const [row] = await runAs(
    database,
    stream,
    sql`select revision, json, hash from kernel.snapshots where stream = ${stream} and version = ${version}`,
  );
  if (row === undefined) return undefined;
  const text = String(row['json']);
  const revision = Number(row['revision']);
  const expected = hashOf({ stream, revision, version }, text);
  const stored = row['hash'] as Buffer;
  if (stored.length !== expected.length || !timingSafeEqual(stored, expected)) return undefined;
  return { stream, revision, version, json: JSON.parse(text) };
}

async function keep(database: Database, snapshot: Snapshot): Promise<void> {
  const { stream, revision, version } = snapshot;
  const text = JSON.stringify(snapshot.json);
  // An older release must not put its state in a newer one's place, nor an older revision in a newer's.
  const statement = sql`
    insert into kernel.snapshots as kept (stream, revision, version, json, hash)
    values (${stream}, ${revision}, ${version}, ${text}, ${hashOf(snapshot, text)})
    on conflict (stream) do update
      set revision = excluded.revision, version = excluded.version, json = excluded.json, hash = excluded.hash
      where (excluded.version, excluded.revision) > (kept.version, kept.revision)`;
  await runAs(database, stream, statement);
}

/** Row-level security shows and takes the snapshots of one tenant: the stream's. */
async function runAs(database: Database, stream: string, statement: Sql): Promise<readonly Row[]> {
  const tenant = parseStream(stream)?.tenant ?? '';
  const [, rows = []] = await database.together([
    sql`select set_config('keyledger.tenant', ${tenant}, true)`,
    statement,
  ]);
  return rows;
}

/** SHA-256 over what the snapshot is of, and its text. */
function hashOf({ stream, revision, version }: Omit<Snapshot, 'json'>, text: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([stream, revision, version]))
    .update('\n')
    .update(text)
    .digest();
}
