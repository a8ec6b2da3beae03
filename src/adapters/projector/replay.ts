import type { Projection } from '../../kernel/projection.ts';
import { openWorkshop, type Workshop, type WorkshopDeps } from './workshop.ts';

/** A read model as the log says it was at a position. */
export interface Replayed {
  /** Where its tables are; only the owner role may read them. */
  readonly schema: string;
  readonly tables: readonly string[];
  /** Every event up to here is in them. */
  readonly position: bigint;
  /** Streams of which an event could not be applied. */
  readonly parkedStreams: readonly string[];
  /** Drops the tables. Where it is not called, a projector drops them once this process is gone. */
  drop(): Promise<void>;
}

export interface ReplayOptions {
  /** The last position to apply; the head of the log at the time where absent. */
  readonly upTo?: bigint | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Applies the log from its start into tables of their own, in a new schema.
 *
 * @throws {UnknownEventVersion} an event is newer than this program
 * @throws {Error} the signal aborted; the tables are gone
 */
export async function replayInto(
  deps: WorkshopDeps,
  schema: string,
  projection: Projection,
  options: ReplayOptions = {},
): Promise<Replayed> {
  const workshop = await openScratch(deps, projection, { schema, signal: options.signal });
  try {
    await advance(workshop, options.upTo);
  } catch (error) {
    await workshop.close('drop');
    throw error;
  }
  const { row, parked, position } = workshop.track;
  return {
    schema: row.schema,
    tables: row.tables,
    position: position ?? 0n,
    parkedStreams: [...parked],
    drop: () => workshop.close('drop'),
  };
}

/** A scratch table set, empty. */
export async function openScratch(
  deps: WorkshopDeps,
  projection: Projection,
  making: { readonly schema?: string; readonly signal?: AbortSignal | undefined },
): Promise<Workshop> {
  const workshop = await openWorkshop(deps, projection, { ...making, state: 'scratch' });
  if (workshop === undefined) throw new Error(`${projection.name}: no scratch tables were made`);
  return workshop;
}

/** Applies the log up to a position, or to its head. */
export async function advance({ reader, signal, failure }: Workshop, upTo?: bigint): Promise<void> {
  while (!signal.aborted) if ((await reader.step(upTo)) === true) break;
  const failed = failure();
  if (failed !== undefined) throw failed;
  signal.throwIfAborted();
}
