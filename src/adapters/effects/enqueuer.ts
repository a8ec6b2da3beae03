import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Enqueued } from './effect.ts';
import type { JobQueues } from './job-queue.ts';

/** Puts effects into their queues. */
export class Enqueuer {
  readonly #queues: JobQueues;
  readonly #telemetry: Telemetry;

  constructor(queues: JobQueues, telemetry: Telemetry) {
    this.#queues = queues;
    this.#telemetry = telemetry;
  }

  /**
   * Adds a job for each effect; one that is queued already stays as it is.
   *
   * @returns false where the queues are away: what is on record is enqueued by the sweep
   */
  async enqueue(effects: readonly Enqueued[]): Promise<boolean> {
    try {
      for (const queue of new Set(effects.map((effect) => effect.queue))) {
        const members = effects.filter((effect) => effect.queue === queue);
        if (!(await this.#queues.add(queue, members))) return false;
      }
      return true;
    } catch (error) {
      this.#telemetry.log.warn({ error: String(error) }, 'effects could not be queued; they wait on record');
      return false;
    }
  }
}
