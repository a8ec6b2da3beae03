import type { EventLog } from '../../kernel/log.ts';
import type { Projection } from '../../kernel/projection.ts';
import type { Database } from '../postgres/database.ts';
import { inventory, type TrackRow } from './leases.ts';
import { type Parked, parkedOf } from './parked.ts';

/** One table set of a read model, as the database knows it. */
export interface TableSetStatus {
  readonly version: number;
  readonly generation: number;
  /** Undefined before its first event. */
  readonly position: bigint | undefined;
  /** Log positions behind the head. */
  readonly lag: bigint;
  /** The process that writes it; undefined where none does just now. */
  readonly owner: string | undefined;
  /** Why the last owner stopped. */
  readonly problem: string | undefined;
  readonly parked: readonly Parked[];
}

export interface ReadModelStatus {
  readonly name: string;
  /** The version this program declares. */
  readonly declared: number;
  readonly live: TableSetStatus | undefined;
  /** The one that is being built to replace it. */
  readonly building: TableSetStatus | undefined;
}

/** Where a read model stands, whichever process runs it. */
export async function projectionStatus(
  { log, owner }: { readonly log: EventLog; readonly owner: Database },
  { name, version }: Projection,
): Promise<ReadModelStatus> {
  const head = (await log.head()) ?? 0n;
  const rows = await inventory(owner.run, [name]);
  const of = async (state: TrackRow['state']): Promise<TableSetStatus | undefined> => {
    const row = rows.find((each) => each.state === state);
    return row === undefined ? undefined : tableSetStatus(row, head, await parkedOf(owner.run, row));
  };
  return { name, declared: version, live: await of('live'), building: await of('building') };
}

function tableSetStatus(row: TrackRow, head: bigint, parked: readonly Parked[]): TableSetStatus {
  const { generation, position, problem, version } = row;
  const seen = position ?? 0n;
  return {
    version,
    generation,
    position,
    lag: head > seen ? head - seen : 0n,
    owner: row.free ? undefined : row.owner,
    problem,
    parked,
  };
}
