import { leafHash } from '../../kernel/crypto/merkle.ts';
import { canonicalEntry, chainNext, chainOrigin, chainStart, entryOf, payloadOf } from '../../kernel/proof/entry.ts';
import { type Growth, growTree } from '../../kernel/proof/tree.ts';
import type { Row } from '../../kernel/query.ts';
import type { Sql } from '../../kernel/sql.ts';
import { isNotable } from './classify.ts';
import { insertRows, replaceRows } from './columns.ts';
import { type EntryRow, entryColumns, entryRow } from './entry-rows.ts';
import { type Item, placeOf } from './retention/kept-turns.ts';
import { insertPruned, type KeptEntry } from './retention/pruned-rows.ts';
import { frontierOf, growTiles, headColumns, headRow } from './tree-rows.ts';

/** What a tenant's log has grown by. */
export interface Grown {
  readonly tenant: string;
  readonly growth: Growth;
  readonly entries: readonly EntryRow[];
  readonly pruned: readonly { readonly kept: KeptEntry; readonly chain: Buffer }[];
  readonly notable: number;
  readonly chain: Buffer;
  readonly position: bigint;
  readonly at: string;
}

/** Entries, chain and tree of one tenant after some items more. */
export function grow(tenant: string, items: readonly Item[], head: Row | undefined): Grown {
  const frontier = frontierOf(head);
  const leaves: Buffer[] = [];
  const entries: EntryRow[] = [];
  const pruned: { kept: KeptEntry; chain: Buffer }[] = [];
  let chain = (head?.['chain'] as Buffer | undefined) ?? chainStart(chainOrigin(tenant));
  let notable = Number(head?.['notable'] ?? 0);
  let at = String(head?.['at'] ?? '');
  const append = (leaf: Buffer): number => {
    chain = chainNext(chain, leaf);
    return frontier.size + leaves.push(leaf);
  };
  for (const { applied, kept } of items) {
    const index = frontier.size + leaves.length;
    if (kept !== undefined) {
      notable = append(keptLeaf(kept, index));
      pruned.push({ kept, chain });
    } else if (applied !== undefined) {
      const payload = payloadOf(applied.stored);
      const entry = entryOf(index, applied.stored, payload);
      const leaf = leafHash(canonicalEntry(entry));
      const size = append(leaf);
      if (isNotable(entry)) notable = size;
      at = entry.at;
      entries.push(entryRow(entry, applied.stored, { chain, leaf, payload }));
    }
  }
  const position = placeOf(items.at(-1) as Item);
  return { tenant, entries, pruned, notable, chain, position, at, growth: growTree(frontier, leaves) };
}

/** @throws {Error} what was kept does not fit the events around it: the log was changed */
function keptLeaf(kept: KeptEntry, index: number): Buffer {
  if (kept.index === index) return kept.leaf;
  throw new Error(`the log has lost events before entry ${index} that no retention run tells of`);
}

const columns = { ...headColumns, chain: 'bytea', at: 'text' } as const;

/** The head of the grown tree. */
export function grownHead({ at, chain, growth, notable, position, tenant }: Grown) {
  return { ...headRow(tenant, growth), ...{ notable, at, chain, position: String(position) } };
}

/** The statements that write it. */
export function growthWrites(grown: readonly Grown[]): readonly Sql[] {
  const entries = grown.flatMap((each) => each.entries);
  const pruned = grown.flatMap((each) => each.pruned);
  return [
    ...(entries.length === 0 ? [] : [insertRows('audit_entries', entryColumns, entries)]),
    ...(pruned.length === 0 ? [] : [insertPruned(pruned)]),
    growTiles('log', new Map(grown.map(({ tenant, growth }) => [tenant, growth]))),
    replaceRows('audit_heads', columns, grown.map(grownHead)),
  ];
}
