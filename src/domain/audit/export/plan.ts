import { consistencyProof } from '../../../kernel/crypto/merkle.ts';
import type { Context } from '../../../kernel/endpoint.ts';
import type { Ports } from '../../../kernel/ports.ts';
import { rootsFrom, selectTiles } from '../tree-reads.ts';
import { originFrom } from './origin.ts';
import { chainBefore, type ExportRange, frontierAt, rangeFrom, selectChain, selectRange } from './range.ts';
import { segmentLength } from './segments.ts';
import { EntryWalk, type WalkStart } from './walk.ts';

/** An export that is about to be made: a range of the tenant's log under a checkpoint that was signed for it. */
export interface ExportPlan {
  readonly start: WalkStart;
  /** Index behind the last entry. */
  readonly end: number;
  readonly origin: string;
  readonly segmentLength: number;
  readonly checkpoint: { readonly size: number; readonly note: string; readonly consistency: readonly Buffer[] };
}

/** Has a checkpoint signed, and reads what an auditor needs to follow the range from its first entry up to it. */
export async function planExport(
  ports: Pick<Ports, 'checkpointNow' | 'read'>,
  { tenant }: Pick<Context, 'tenant'>,
  range: ExportRange,
): Promise<ExportPlan> {
  const { note, size } = await ports.checkpointNow(tenant);
  const [found] = await ports.read(tenant, selectRange(tenant, size, range));
  const { end, from } = rangeFrom(found, size);
  const leaves = [from - 1, end - 1, size - 1].filter((leaf) => leaf >= 0);
  const roots = rootsFrom(await ports.read(tenant, selectTiles('log', tenant, leaves)));
  const [before] = from === 0 ? [] : await ports.read(tenant, selectChain(tenant, from));
  return {
    start: { tenant, frontier: frontierAt(from, roots), chain: chainBefore(tenant, before) },
    end,
    origin: originFrom(note),
    segmentLength: segmentLength(end - from),
    checkpoint: { size, note, consistency: end === 0 ? [] : consistencyProof(end, size, roots) },
  };
}

/** A walk over the entries of a plan. */
export function walkOf({ segmentLength: length, start }: ExportPlan): EntryWalk {
  return new EntryWalk(start, length);
}
