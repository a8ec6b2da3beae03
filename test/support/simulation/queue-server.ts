import type { QueuedJob } from '../../../src/adapters/effects/job-queue.ts';
import type { SimulatedProcess, World } from './world.ts';

/** Milliseconds within which a crash loses what was written last (an append-only file that is synced every second). */
const unsyncedMs = 1_000;

interface Job {
  readonly key: string;
  readonly addedAt: number;
  /** From when on it may be taken. */
  readyAt: number;
  /** Who has it. */
  lock: { readonly by: Taker } | undefined;
}

/** A process that takes jobs of a queue. */
export interface Taker {
  readonly queue: string;
  readonly process: SimulatedProcess;
  readonly claimMs: number;
  /** Whether it would take one more now. */
  readonly free: () => boolean;
  readonly take: (key: string) => void;
  /** Jobs that it is at, and gives signs of life of. */
  readonly active: ReadonlySet<string>;
}

/** What Redis is to the product: queues that give each job at least once, and may forget everything. */
export class QueueServer {
  readonly world: World;
  up = true;
  /** What it calls its memory; gone with it. */
  memory: string | undefined;
  /** Of the connections to it. */
  life = 0;
  readonly #queues = new Map<string, Map<string, Job>>();
  readonly #takers = new Set<Taker>();

  constructor(world: World) {
    this.world = world;
  }

  add(queue: string, jobs: readonly QueuedJob[]): void {
    const held = this.#queue(queue);
    for (const { delayMs, key } of jobs) {
      if (held.has(key)) continue;
      held.set(key, { key, addedAt: this.world.now, readyAt: this.world.now + delayMs, lock: undefined });
      this.#later(queue, delayMs);
    }
  }

  attend(taker: Taker): void {
    this.#takers.add(taker);
    this.#later(taker.queue, 0);
  }

  leave(taker: Taker): void {
    this.#takers.delete(taker);
  }

  /** The job is over. */
  remove(taker: Taker, key: string): void {
    if (this.#owns(taker, key) !== undefined) this.#queue(taker.queue).delete(key);
    this.#later(taker.queue, 0);
  }

  /** The job comes again. */
  putBack(taker: Taker, key: string, delayMs: number): void {
    const job = this.#owns(taker, key);
    if (job !== undefined) {
      job.lock = undefined;
      job.readyAt = this.world.now + delayMs;
    }
    this.#later(taker.queue, delayMs);
  }

  /** Everything is forgotten. */
  flush(): void {
    this.#queues.clear();
    this.memory = undefined;
    this.world.trace.add('queue', 'flushed');
  }

  crash(): void {
    if (!this.up) return;
    this.up = false;
    this.life++;
    for (const jobs of this.#queues.values()) {
      for (const job of jobs.values()) {
        job.lock = undefined;
        if (job.addedAt > this.world.now - unsyncedMs) jobs.delete(job.key);
      }
    }
    this.world.trace.add('queue', 'crash');
  }

  start(): void {
    if (this.up) return;
    this.up = true;
    this.world.trace.add('queue', 'up');
    for (const queue of this.#queues.keys()) this.#later(queue, 0);
  }

  #queue(name: string): Map<string, Job> {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new Map();
      this.#queues.set(name, queue);
    }
    return queue;
  }

  #owns({ process, queue }: Taker, key: string): Job | undefined {
    const job = this.#queue(queue).get(key);
    return job?.lock?.by.process === process ? job : undefined;
  }

  #later(queue: string, ms: number): void {
    this.world.after(ms, () => this.#hand(queue));
  }

  /** Gives what is ready to whoever has a hand free. */
  #hand(queue: string): void {
    if (!this.up) return;
    for (const job of this.#queue(queue).values()) {
      if (job.readyAt > this.world.now || job.lock !== undefined) continue;
      const takers = [...this.#takers].filter((taker) => taker.queue === queue && taker.process.alive && taker.free());
      if (takers.length === 0) return;
      const taker = this.world.random.pick(takers);
      job.lock = { by: taker };
      this.#watch(queue, job);
      taker.take(job.key);
    }
  }

  /** A job whose worker has gone silent is stalled: another gets it. A worker that lives gives signs of life. */
  #watch(queue: string, job: Job): void {
    const { lock } = job;
    if (lock === undefined) return;
    this.world.after(lock.by.claimMs, () => {
      if (job.lock !== lock) return;
      const { alive, stands } = lock.by.process;
      if (alive && !stands && lock.by.active.has(job.key)) this.#watch(queue, job);
      else {
        job.lock = undefined;
        this.#hand(queue);
      }
    });
  }
}
