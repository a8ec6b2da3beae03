import type { EventLog } from '../../kernel/log.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import { pause } from './backoff.ts';
import type { Track } from './track.ts';

/** Milliseconds between two measurements of the lag. */
const measureMs = 2_000;

/** What a projector tells of the table sets it owns. */
export class Gauges {
  readonly #log: EventLog;
  readonly #telemetry: Telemetry;

  constructor(options: { readonly log: EventLog; readonly telemetry: Telemetry }) {
    this.#log = options.log;
    this.#telemetry = options.telemetry;
  }

  owned(projection: string, owned: boolean): void {
    this.#telemetry.metrics.gauge('keyledger_projection_owner', owned ? 1 : 0, { projection });
  }

  /** Measures the lag of the live ones until the signal aborts. Never rejects. */
  async follow(held: () => readonly Track[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#measure(held()).catch(() => undefined);
      await pause(measureMs, signal);
    }
  }

  async #measure(tracks: readonly Track[]): Promise<void> {
    const positions = tracks
      .filter(({ row }) => row.state === 'live')
      .map(({ name, position }) => ({ name, position }));
    if (positions.length === 0) return;
    const head = (await this.#log.head()) ?? 0n;
    for (const { name, position = 0n } of positions) {
      const lag = head > position ? Number(head - position) : 0;
      this.#telemetry.metrics.gauge('keyledger_projection_lag_bytes', lag, { projection: name });
    }
  }
}
