import { constants } from 'node:os';
import { Health } from '../../../../infra/event-node/storage/health.ts';
import type { Tables } from '../../../../infra/event-node/storage/tables.ts';

/** A range as LMDB takes it: the start inclusive, the end exclusive. */
interface Range {
  readonly start?: Buffer;
  readonly end?: Buffer;
  readonly reverse?: boolean;
  readonly limit?: number;
}

interface Row {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** One table, its rows in the order of their keys. */
class DiskTable {
  readonly #rows: Row[] = [];
  readonly #changed: (undo: () => void) => void;

  constructor(changed: (undo: () => void) => void) {
    this.#changed = changed;
  }

  get(key: Buffer): Buffer | undefined {
    const row = this.#rows[this.#at(key)];
    return row?.key.equals(key) ? row.value : undefined;
  }

  putSync(key: Buffer, value: Buffer): void {
    const before = this.get(key);
    this.#set(key, value);
    this.#changed(() => this.#set(key, before));
  }

  removeSync(key: Buffer): void {
    const before = this.get(key);
    this.#set(key, undefined);
    this.#changed(() => this.#set(key, before));
  }

  getRange({ end, limit = Number.POSITIVE_INFINITY, reverse = false, start }: Range): Row[] {
    if (!reverse) {
      const from = start === undefined ? 0 : this.#at(start);
      const to = end === undefined ? this.#rows.length : this.#at(end);
      return this.#rows.slice(from, Math.min(to, from + limit));
    }
    const from = start === undefined ? this.#rows.length : this.#after(start);
    const to = end === undefined ? 0 : this.#after(end);
    return this.#rows.slice(Math.max(to, from - limit), from).reverse();
  }

  getKeys(range: Range): Buffer[] {
    return this.getRange(range).map(({ key }) => key);
  }

  #set(key: Buffer, value: Buffer | undefined): void {
    const at = this.#at(key);
    const there = this.#rows[at]?.key.equals(key) === true ? 1 : 0;
    if (value === undefined) this.#rows.splice(at, there);
    else this.#rows.splice(at, there, { key, value });
  }

  /** Of the first row whose key is not below. */
  #at(key: Buffer): number {
    let [low, high] = [0, this.#rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Buffer.compare((this.#rows[middle] as Row).key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #after(key: Buffer): number {
    const at = this.#at(key);
    return this.#rows[at]?.key.equals(key) ? at + 1 : at;
  }
}

/** There is no file: what the node asks of one beside its tables fails. */
const nowhere = '/nonexistent/events.lmdb';

/**
 * The disk under the event node: LMDB's tables as far as the node uses them. A transaction is there as a whole or not at all, and a crash
 * takes back what was not synced.
 */
export class Disk {
  /** Whether a commit waits for the sync, as it has to. */
  readonly syncs: boolean;
  /** Asked at each commit: whether the disk takes it. */
  condition: () => Condition = () => 'sound';
  readonly #tables = new Map<string, DiskTable>();
  #transaction: (() => void)[] | undefined;
  /** How to take back what was committed since the last sync. */
  #unsynced: (() => void)[] = [];

  constructor(syncs: boolean) {
    this.syncs = syncs;
  }

  /** The tables as a node opens them. */
  open(onFailure: () => void): Tables {
    const env = {
      openDB: ({ name }: { readonly name: string }) => this.#table(name),
      transactionSync: (work: () => void) => this.#commit(work),
      resetReadTxn: () => undefined,
      getWriteTxnId: () => 1,
      close: async () => undefined,
    };
    const names = ['events', 'index', 'streams', 'heads', 'gaps', 'state'];
    const tables = Object.fromEntries(names.map((name) => [name, this.#table(name)]));
    const health = new Health(onFailure);
    return { ...tables, env, health, path: nowhere } as unknown as Tables;
  }

  /** All that was committed is there after a crash. */
  sync(): void {
    this.#unsynced = [];
  }

  /** @returns how many commits are gone */
  crash(): number {
    const lost = this.#unsynced.splice(0);
    for (const undo of lost.reverse()) undo();
    return lost.length;
  }

  #table(name: string): DiskTable {
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const table = new DiskTable((undo) => this.#transaction?.push(undo));
    this.#tables.set(name, table);
    return table;
  }

  #commit(work: () => void): void {
    const undo: (() => void)[] = [];
    this.#transaction = undo;
    try {
      work();
      const condition = this.condition();
      if (condition === 'kept, sync failed') this.#transaction = undefined;
      prove(condition);
    } catch (error) {
      if (this.#transaction === undefined) throw error;
      for (const step of undo.reverse()) step();
      throw error;
    } finally {
      this.#transaction = undefined;
    }
    if (!this.syncs) this.#unsynced.push(() => undo.reverse().forEach((step) => void step()));
  }
}

/** A full disk takes nothing; one whose sync fails may have kept what it was given, and may not have. */
export type Condition = 'sound' | 'full' | 'lost, sync failed' | 'kept, sync failed';

function prove(condition: Condition): void {
  if (condition === 'sound') return;
  const { EIO, ENOSPC } = constants.errno;
  if (condition === 'full') throw Object.assign(new Error('No space left. Attempting to write'), { code: ENOSPC });
  throw Object.assign(new Error('Input/output error. Attempting to sync'), { code: EIO });
}
