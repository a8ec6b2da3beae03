import { sql } from '../../kernel/sql.ts';
import type { Database, Run } from '../postgres/database.ts';
import type { TrackKey } from './leases.ts';

/** A stream that a projection passes over since an event of it could not be applied. */
export interface Parked {
  readonly stream: string;
  /** The event that could not be applied; the stream goes on from here. */
  readonly revision: number;
  readonly position: bigint;
  readonly reason: string;
}

/** Writes a parked stream down, in the batch's transaction; with `resume`, as one whose replay goes on. */
export async function park(
  run: Run,
  { name, generation }: TrackKey,
  parked: Parked,
  resume: boolean = false,
): Promise<void> {
  const { stream, revision, position, reason } = parked;
  await run(sql`
    insert into kernel.parked_streams (projection, generation, stream, revision, position, reason, resume)
    values (${name}, ${generation}, ${stream}, ${revision}, ${position}, ${reason.slice(0, 1_000)}, ${resume})
    on conflict (projection, generation, stream)
      do update set revision = excluded.revision, position = excluded.position, reason = excluded.reason,
        resume = excluded.resume`);
}

/** The parked streams of one table set; with `resume`, those that somebody asked to resume. */
export async function parkedOf(run: Run, { name, generation }: TrackKey, resume?: true): Promise<readonly Parked[]> {
  const rows = await run(sql`
    select stream, revision, position, reason from kernel.parked_streams
    where projection = ${name} and generation = ${generation} and (resume or ${resume === undefined})
    order by position`);
  return rows.map(({ stream, revision, position, reason }) => ({
    stream: String(stream),
    revision: Number(revision),
    position: position as bigint,
    reason: String(reason),
  }));
}

/** The stream is no longer parked. */
export async function unpark(run: Run, { name, generation }: TrackKey, stream: string): Promise<void> {
  await run(sql`
    delete from kernel.parked_streams
    where projection = ${name} and generation = ${generation} and stream = ${stream}`);
}

/**
 * Asks the process that owns the read model to take its parked streams up again, each from the event that parked it and in order.
 *
 * @returns how many streams are parked
 */
export async function resumeParked(owner: Database, name: string): Promise<number> {
  const rows = await owner.run(sql`
    update kernel.parked_streams s set resume = true from kernel.projections p
    where p.name = ${name} and p.state <> 'scratch' and s.projection = p.name and s.generation = p.generation
    returning s.stream`);
  return rows.length;
}
