import { v5 as uuidv5 } from 'uuid';
import type { AnyAggregate } from '../aggregate.ts';
import { encodeEvent, streamName } from '../codec.ts';
import type { EventLog } from '../log.ts';
import type { Clock } from '../ports.ts';
import { platformTenant } from '../principal.ts';
import { Request } from '../request.ts';

const request = Request as unknown as AnyAggregate;
/** Sources remembered for one minute; what comes from more is summed under one name, so that nobody outside can grow the log. */
const maxSources = 1_000;
const namespace = 'b1b0cbb2-3f0e-4c55-8f0a-0a5a1d5a6f7e';

/** Failures without a valid credential: summed into one fact a source and minute. */
export class CredentialFailures {
  readonly #log: EventLog;
  readonly #clock: Clock;
  #minute = '';
  #counts = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: EventLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  count(source: string): void {
    const minute = new Date(this.#clock.now()).toISOString().slice(0, 16);
    if (minute !== this.#minute) void this.flush();
    this.#minute = minute;
    const key = this.#counts.has(source) || this.#counts.size < maxSources ? source : 'others';
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    this.#timer ??= setTimeout(() => void this.flush(), 60_000).unref();
  }

  /** Writes what was counted; what cannot be written now is kept for the next time. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { counts, minute } = { counts: this.#counts, minute: this.#minute };
    if (counts.size === 0) return;
    this.#counts = new Map();
    const at = new Date(this.#clock.now()).toISOString();
    const events = [...counts].map(([source, count]) => {
      const id = uuidv5(`${process.pid} ${at} ${source}`, namespace);
      return encodeEvent(
        request,
        Request.events.CredentialsFailed({ source, minute: `${minute}:00.000Z`, count }),
        id,
        {
          tenant: platformTenant,
          actor: { type: 'anonymous', id: 'anonymous' },
          at,
          operation: 'audit.countCredentialFailures',
          commandId: id,
          requestId: id,
          $correlationId: id,
          $causationId: id,
          action: 'credentials.failed',
          subject: source,
        },
      );
    });
    try {
      await this.#log.append(streamName(request.name, platformTenant, at.slice(0, 10)), events, 'any');
    } catch {
      for (const [source, count] of counts) this.#counts.set(source, (this.#counts.get(source) ?? 0) + count);
    }
  }
}
