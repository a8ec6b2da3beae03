import type { PostgresServer } from './postgres/server.ts';
import type { StoredRow, Transaction } from './postgres/storage.ts';
import type { Table } from './postgres/table.ts';
import { Violation } from './world.ts';

/**
 * Looks at each commit: rows of read models are written only together with their checkpoint, the checkpoint only by the process that owns it
 * at that moment, and only forwards.
 */
export function guardFencing(server: PostgresServer): void {
  /** The process that each owner's name belongs to. */
  const processes = new Map<string, string>();
  server.guard = (transaction, by) => {
    const tables = [...transaction.changed.keys()];
    const checkpoints = tables.find(isCheckpoints);
    const written = tables.find(({ schema }) => schema === 'read_models' || schema.startsWith('build_'));
    if (written !== undefined && checkpoints === undefined) {
      throw new Violation(`${by} commits rows of ${written.name} without its checkpoint`);
    }
    for (const place of rowsOf(transaction, checkpoints)) proveMove(processes, place, by);
  };
}

function isCheckpoints({ name, schema }: Table): boolean {
  return schema === 'kernel' && name === 'projections';
}

function rowsOf(transaction: Transaction, table: Table | undefined): Iterable<StoredRow> {
  return table === undefined ? [] : (transaction.changed.get(table) ?? []);
}

function proveMove(processes: Map<string, string>, { committed, pending }: StoredRow, by: string): void {
  if (pending === null || pending === undefined) return;
  const owner = pending['owner'];
  if (typeof owner === 'string' && owner !== committed?.['owner']) processes.set(owner, by);
  const [before, after] = [committed?.['position'] ?? null, pending['position'] ?? null];
  if (before === after) return;
  const name = `${String(pending['name'])} generation ${String(pending['generation'])}`;
  if (processes.get(String(owner)) !== by) {
    throw new Violation(`${by} moves ${name}, epoch ${String(pending['epoch'])}, which ${String(owner)} owns`);
  }
  if (before !== null && (after === null || after < before)) {
    throw new Violation(`${by} moves ${name} back from ${String(before)} to ${String(after)}`);
  }
}
