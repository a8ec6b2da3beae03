import type { Projection } from '../../kernel/projection.ts';
import { buildAndSwap } from './build.ts';
import { inventory, type TrackRow } from './leases.ts';
import { dropTrack } from './tracks.ts';
import { openWorkshop, type WorkshopDeps } from './workshop.ts';

/** The read model cannot be rebuilt now, and why. */
export class RebuildRefused extends Error {
  override readonly name = 'RebuildRefused';
}

/**
 * Builds a read model anew from the log, beside the live tables, and swaps it in once it has caught up. Reads go on meanwhile. Where this
 * process dies half-way, a projector finishes the build.
 *
 * @returns the new tables' generation, and the position they have seen
 * @throws {RebuildRefused} it is being built already, or its live tables are of a newer release
 * @throws {UnknownEventVersion} an event is newer than this program
 * @throws {Error} the signal aborted; nothing has changed
 */
export async function rebuildProjection(
  deps: WorkshopDeps,
  projection: Projection,
  options: { readonly signal?: AbortSignal } = {},
): Promise<{ readonly generation: number; readonly position: bigint }> {
  await dropLeftovers(deps, projection);
  let refusal: string | undefined;
  const workshop = await openWorkshop(deps, projection, {
    state: 'building',
    if: (rows) => {
      refusal = refusalOf(projection, rows);
      return refusal === undefined;
    },
    signal: options.signal,
  });
  if (workshop === undefined) throw new RebuildRefused(refusal);
  const { reader, track, signal } = workshop;
  const onGivenUp = (): void => undefined;
  const live = await buildAndSwap({ ...deps, onGivenUp }, { reader, track }, signal).catch(async (error: unknown) => {
    await workshop.close('drop');
    throw error;
  });
  await workshop.close(live ? 'keep' : 'drop');
  if (live) return { generation: track.generation, position: track.position ?? 0n };
  throw workshop.failure() ?? signal.reason;
}

function refusalOf({ name, version }: Projection, rows: readonly TrackRow[]): string | undefined {
  const newer = rows.find((row) => row.state === 'live' && row.version > version);
  if (newer !== undefined)
    return `${name} is live at version ${newer.version}, and this program knows version ${version}; run the newer release.`;
  if (rows.some(({ state }) => state === 'building')) return `${name} is being built already; wait until that is done.`;
  return undefined;
}

/** Builds that nobody works on any more make room for this one. */
async function dropLeftovers({ owner }: WorkshopDeps, { name }: Projection): Promise<void> {
  for (const row of await inventory(owner.run, [name])) {
    if (row.free && row.state !== 'live') await dropTrack(owner, row);
  }
}
