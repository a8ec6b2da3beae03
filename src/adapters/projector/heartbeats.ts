import type { Logger } from '../../kernel/telemetry.ts';
import type { Database } from '../postgres/database.ts';
import { pause } from './backoff.ts';
import { heartbeat, heartbeatMs, keyOf } from './leases.ts';
import type { Track } from './track.ts';

/** Renews the leases of what is held until the signal aborts, and tells of those that are lost. Never rejects. */
export async function keepLeases(
  deps: { readonly owner: Database; readonly log: Logger; readonly onLost: (track: Track) => void },
  held: () => readonly Track[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const tracks = held();
    try {
      const still = await heartbeat(deps.owner, tracks);
      for (const track of tracks) if (!still.has(keyOf(track))) deps.onLost(track);
    } catch (error) {
      deps.log.warn({ error: (error as Error).message }, 'the leases of the read models could not be renewed');
    }
    await pause(heartbeatMs, signal);
  }
}
