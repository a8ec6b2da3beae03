import type { Applied, Memory, Run } from '../../../kernel/projection.ts';
import { anyKept, forgetKept, type KeptEntry, keptFrom, selectKept } from './pruned-rows.ts';

/** What stands at the next place of a tenant's log: an event, or what was kept of one. */
export type Item =
  | { readonly applied: Applied; readonly kept?: never }
  | { readonly applied?: never; readonly kept: KeptEntry };

const nothingKept = 'nothing is kept ahead';

/** Kept entries of one turn: a batch of events may have years of them between two. */
const atOnce = 5_000;

/** A turn of each tenant's next items, in order, and the events that are left for later turns. */
export interface Turn {
  readonly now: ReadonlyMap<string, readonly Item[]>;
  readonly later: ReadonlyMap<string, readonly Applied[]>;
}

/** Puts what was kept of lost events between those that are there. Where the log has lost nothing, one turn takes all. */
export async function nextTurn(
  waiting: ReadonlyMap<string, readonly Applied[]>,
  run: Run,
  memory: Memory,
): Promise<Turn> {
  if (await isNothingKept(run, memory)) return { now: itemsOf(waiting), later: new Map() };
  const upTo = [...waiting.values()].reduce((most, events) => later(most, positionOf(events.at(-1))), -1n);
  const kept = (await run(selectKept([...waiting.keys()], upTo, atOnce))).map(keptFrom);
  const cut = kept.length < atOnce ? undefined : kept.at(-1);
  const now = new Map<string, readonly Item[]>();
  const rest = new Map<string, readonly Applied[]>();
  for (const [tenant, events] of waiting) {
    const own = kept.filter((each) => each.tenant === tenant);
    const end = endOf(tenant, own, { cut, last: positionOf(events.at(-1)) });
    const taken = events.filter((event) => positionOf(event) <= end);
    if (taken.length < events.length) rest.set(tenant, events.slice(taken.length));
    now.set(
      tenant,
      merged(
        taken,
        own.filter(({ position }) => position <= end),
      ),
    );
    if (own.length > 0) await run(forgetKept(tenant, end));
  }
  return { now: new Map([...now].filter(([, items]) => items.length > 0)), later: rest };
}

/** Leaves are kept only before a read model comes to its first batch, or a building one to a next: where there are none, none come. */
async function isNothingKept(run: Run, memory: Memory): Promise<boolean> {
  if (memory.get(nothingKept) === true) return true;
  const [row] = await run(anyKept);
  if (row?.['any'] === true) return false;
  memory.set(nothingKept, true);
  return true;
}

function itemsOf(waiting: ReadonlyMap<string, readonly Applied[]>): Turn['now'] {
  return new Map([...waiting].map(([tenant, events]) => [tenant, events.map((applied) => ({ applied }))]));
}

/** The position up to which everything of the tenant is known. */
function endOf(
  tenant: string,
  own: readonly KeptEntry[],
  { cut, last }: { readonly cut: KeptEntry | undefined; readonly last: bigint },
): bigint {
  if (cut === undefined) return last;
  if (own.length === 0) return -1n;
  return cut.tenant === tenant ? cut.position : last;
}

/** An event that is still there stands for itself. */
function merged(events: readonly Applied[], kept: readonly KeptEntry[]): readonly Item[] {
  if (kept.length === 0) return events.map((applied) => ({ applied }));
  const present = new Set(events.map(positionOf));
  const items: readonly Item[] = [
    ...events.map((applied) => ({ applied })),
    ...kept.filter(({ position }) => !present.has(position)).map((each) => ({ kept: each })),
  ];
  return items.toSorted((left, right) => (placeOf(left) < placeOf(right) ? -1 : 1));
}

/** Commit position of an item. */
export function placeOf(item: Item): bigint {
  return item.kept === undefined ? item.applied.stored.position : item.kept.position;
}

function positionOf(event: Applied | undefined): bigint {
  return event?.stored.position ?? -1n;
}

function later(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
