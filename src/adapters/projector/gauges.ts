import type { EventLog } from '../../kernel/log.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import { pause } from './backoff.ts';
import type { Track } from './track.ts';

/** Milliseconds between two measurements of the lag. */
const measureMs = 2_000;

export interface LagDeps {
  readonly log: EventLog;
  readonly telemetry: Telemetry;
}

/** Measures how far the live ones are behind the log, until the signal aborts. Never rejects. */
export async function followLag(deps: LagDeps, held: () => readonly Track[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await measure(deps, held()).catch(() => undefined);
    await pause(measureMs, signal);
  }
}

async function measure({ log, telemetry }: LagDeps, tracks: readonly Track[]): Promise<void> {
  const live = tracks.filter(({ row }) => row.state === 'live');
  if (live.length === 0) return;
  const head = (await log.head()) ?? 0n;
  for (const { name, position = 0n } of live) {
    const lag = head > position ? Number(head - position) : 0;
    telemetry.metrics.gauge('keyledger_projection_lag_bytes', lag, { projection: name });
  }
}
