import type { Projection } from '../../kernel/projection.ts';
import type { TrackRow } from './leases.ts';

/** What a process does about one projection, given the table sets there are. */
export interface Decision {
  /** A table set to make. */
  readonly create: 'live' | 'building' | undefined;
  /** Free table sets of this program's version, to be owned. */
  readonly take: readonly TrackRow[];
  /** Builds and scratch sets that nobody will finish. */
  readonly drop: readonly TrackRow[];
  /** The live tables are of a newer program: this one leaves them alone. */
  readonly outdated: boolean;
}

/** Decides without looking at anything else. */
export function decide({ version }: Projection, rows: readonly TrackRow[]): Decision {
  const live = rows.find(({ state }) => state === 'live');
  const newest = Math.max(version, live?.version ?? 0);
  const outdated = newest > version;
  const builds = rows.filter(({ state }) => state === 'building');
  const drop = rows.filter(
    ({ free, state, version: of }) => free && (state === 'scratch' || (state === 'building' && of < newest)),
  );
  const take = outdated
    ? []
    : rows.filter(({ free, state, version: of }) => free && state !== 'scratch' && of === version);
  const building = builds.some(({ version: of }) => of >= version);
  const create = live === undefined ? 'live' : live.version < version && !building ? 'building' : undefined;
  return { create, take, drop, outdated };
}
