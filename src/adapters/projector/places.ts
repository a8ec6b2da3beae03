import type { Track } from './track.ts';

/** Positions nearer than this are read together: reading them twice is cheaper than a reader of their own. */
const near = 1n << 20n;

/** Tracks that are read for together. */
export interface Group {
  readonly tracks: readonly Track[];
  /** They stand so near to those that are already read for that they join them. */
  readonly joins: boolean;
}

/** Puts tracks that stand near one another on the log into groups. */
export function groupByPlace(tracks: readonly Track[], following: readonly Track[]): readonly Group[] {
  const front = following.reduce((most, track) => (place(track) > most ? place(track) : most), -1n);
  const joins = (track: Track): boolean => following.length > 0 && place(track) + near >= front;
  const groups: Track[][] = [];
  const apart = tracks.filter((track) => !joins(track)).sort((a, b) => (place(a) < place(b) ? -1 : 1));
  for (const track of apart) {
    const group = groups.at(-1);
    const start = group?.[0];
    if (group !== undefined && start !== undefined && place(start) + near >= place(track)) group.push(track);
    else groups.push([track]);
  }
  return [
    { tracks: tracks.filter(joins), joins: true },
    ...groups.map((group) => ({ tracks: group, joins: false })),
  ].filter((group) => group.tracks.length > 0);
}

function place({ position }: Track): bigint {
  return position ?? -1n;
}
