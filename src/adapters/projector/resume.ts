import type { EventLog, LogEvent } from '../../kernel/log.ts';
import type { Database } from '../postgres/database.ts';
import { hold, openBatch } from './checkpoints.ts';
import { runStep } from './commit.ts';
import { type Parked, park, parkedOf, unpark } from './parked.ts';
import { stepOf } from './plan.ts';
import type { Track } from './track.ts';

/** Events of one stream that are replayed in one transaction. */
const chunk = 200;

/**
 * Takes the parked streams up again that somebody asked for: each from the event that parked it up to the track's position, in order. Where
 * an event still cannot be applied, its stream stays parked from there.
 *
 * @throws {LeaseLost} somebody else owns the table set
 */
export async function resume(log: EventLog, owner: Database, track: Track): Promise<void> {
  if (!track.resumeAsked) return;
  for (const parked of await parkedOf(owner.run, track, true)) {
    let from: number | undefined = parked.revision;
    while (from !== undefined) from = await replayChunk({ log, owner, track }, parked.stream, from);
  }
  track.resumeAsked = false;
}

interface Replay {
  readonly log: EventLog;
  readonly owner: Database;
  readonly track: Track;
}

/** @returns the revision to go on from; undefined when the stream is through, or parked again */
async function replayChunk({ log, owner, track }: Replay, stream: string, from: number): Promise<number | undefined> {
  const events: LogEvent[] = [];
  for await (const event of log.readStream(stream, { from, max: chunk })) {
    if (event.position <= (track.position ?? -1n)) events.push(event);
  }
  const last = events.length < chunk ? undefined : events.at(-1);
  const again = await owner.transaction(async (run) => {
    await openBatch(run, track.row.schema);
    const poison = await replay(run, track, events);
    if (poison !== undefined) await park(run, track, poison);
    else if (last === undefined) await unpark(run, track, stream);
    else await park(run, track, { ...last, revision: last.revision + 1, reason: 'being replayed' }, true);
    await hold(run, track);
    return poison;
  });
  if (again !== undefined) track.alarm(again);
  else if (last === undefined) track.unparked(stream);
  else return last.revision + 1;
  return undefined;
}

async function replay(
  run: Parameters<typeof runStep>[0],
  { interests }: Track,
  events: readonly LogEvent[],
): Promise<Parked | undefined> {
  for (const event of events) {
    if (!interests.wants(event.type)) continue;
    const step = stepOf(interests, event);
    if (step instanceof Error) throw step;
    const reason = typeof step === 'string' ? step : await runStep(run, step);
    if (reason !== undefined) return { ...event, reason };
  }
  return undefined;
}
