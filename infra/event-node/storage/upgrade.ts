import { Chain, firstPosition } from './chain.ts';
import { readFormerTail, writeHead, writeTail } from './heads.ts';
import { indexedRevision, indexKey, readPosition } from './keys.ts';
import { writeStamp } from './stamp.ts';
import type { Tables } from './tables.ts';
import { tombstoneRevision } from './types.ts';

/** Streams of one transaction. */
const batch = 1_000;

/**
 * Brings an older directory up to date. Done again where it was not finished.
 *
 * @throws {DamagedRecord}
 */
export function upgrade(tables: Tables, version: number): void {
  if (version === 1) fromFirst(tables);
  else fromSecond(tables);
}

/** The second format has a table of its own for the owner and the end of the log; it is left where it is. */
function fromSecond({ env, state }: Tables): void {
  const how = { name: 'owner', encoding: 'binary' as const, keyEncoding: 'binary' as const, create: false };
  const former: Tables['heads'] | undefined = env.openDB<Buffer, Buffer>(how);
  const tail = former === undefined ? undefined : readFormerTail(former);
  if (tail === undefined) return;
  env.transactionSync(() => {
    writeTail(state, tail);
    writeStamp({ env, state });
  });
}

/** The first format has no heads, gaps and tail. */
function fromFirst(tables: Tables): void {
  const { env, events, index, state, streams } = tables;
  let highest = 0;
  let after: Buffer | undefined;
  do {
    const start = after === undefined ? {} : { start: Buffer.concat([after, Buffer.from([0])]) };
    const page = [...streams.getRange({ ...start, limit: batch })];
    const named = page.map(({ value }) => ({ number: value.readUInt32BE(0), name: value.toString('utf8', 4) }));
    const heads = named.map(({ name, number }) => ({ name, number, ...revisions(index, number) }));
    env.transactionSync(() => {
      for (const { name, ...head } of heads) if (head.last >= 0) writeHead(tables.heads, name, head);
    });
    highest = named.reduce((most, { number }) => Math.max(most, number), highest);
    after = page.length < batch ? undefined : Buffer.from(page.at(-1)?.key ?? Buffer.alloc(0));
  } while (after !== undefined);
  const [first, last] = [false, true].map((reverse) => [...events.getKeys({ reverse, limit: 1 })].map(readPosition)[0]);
  if (first === undefined || last === undefined) return;
  env.transactionSync(() => {
    if (first > firstPosition) new Chain(tables).keepGap(firstPosition, first);
    writeTail(state, { position: last, nextStreamNumber: highest + 1, indexed: last });
    writeStamp(tables);
  });
}

function revisions(index: Tables['index'], number: number): { readonly first: number; readonly last: number } {
  const range = { start: indexKey(number, 0), end: indexKey(number + 1, 0), limit: 1 };
  const [first = 0] = [...index.getKeys(range)].map(indexedRevision);
  const reverse = { start: indexKey(number, tombstoneRevision), end: indexKey(number, 0), reverse: true, limit: 1 };
  const [last] = [...index.getKeys(reverse)].map(indexedRevision);
  return { first, last: last ?? (index.get(indexKey(number, 0)) === undefined ? -1 : 0) };
}
