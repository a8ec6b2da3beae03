import { inLanes } from './lanes.ts';
import type { Track } from './track.ts';

/** A track that could not follow, and why. */
export interface Fallen {
  readonly track: Track;
  readonly error: unknown;
}

/** Does something for each, a few at a time; one that fails does not stop the others. */
export async function each(
  tracks: readonly Track[],
  work: (track: Track) => Promise<void>,
): Promise<readonly Fallen[]> {
  const fallen: Fallen[] = [];
  await inLanes(tracks, (track) =>
    work(track).catch((error: unknown) => {
      fallen.push({ track, error });
    }),
  );
  return fallen;
}
