import { opened, sealed } from './heads.ts';
import { recentsEnd } from './keys.ts';
import { DamagedRecord } from './record.ts';
import type { Tables } from './tables.ts';

/** On the page of the log's end. */
const key = Buffer.concat([recentsEnd, Buffer.from([0])]);

/** Writes the number of the commit into it; inside its transaction. */
export function writeStamp({ env, state }: Pick<Tables, 'env' | 'state'>): void {
  state.putSync(key, sealed(key, [8, env.getWriteTxnId()]));
}

/**
 * Proves that the newest commit is the one LMDB has found: a page that leads to an older one of the log's end, or a wrong number, would
 * show the log as it was before.
 *
 * @param commit the number the file's beginning gives
 * @throws {DamagedRecord}
 */
export function proveStamp({ state }: Tables, commit: number): void {
  const value = state.get(key);
  if (value === undefined) return;
  const [stamped] = opened(key, value, [8]);
  if (stamped !== commit) throw new DamagedRecord(`its newest commit is ${commit}, and its end is of ${stamped}`);
}
