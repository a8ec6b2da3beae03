import { AsyncLocalStorage } from 'node:async_hooks';
import { Agenda } from './agenda.ts';
import { Random } from './random.ts';
import { Trace } from './trace.ts';

/** When every run begins, in milliseconds since the epoch. */
const epochMs = Date.parse('2026-01-01T00:00:00.000Z');

const current = new AsyncLocalStorage<SimulatedProcess>();

/** The simulated process whose code runs just now; undefined outside of all of them. */
export function currentProcess(): SimulatedProcess | undefined {
  return current.getStore();
}

/** Something is wrong with the simulation itself, or a run found what must not be. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** The clock, the order of things and chance of one run. Nothing happens in it but what is on its agenda. */
export class World {
  readonly random: Random;
  readonly trace: Trace = new Trace(() => this.now);
  /** Milliseconds since the start. */
  now = 0;
  events = 0;
  #order = 0;
  #failure: unknown;
  readonly #agenda = new Agenda();

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** Lets something happen after some milliseconds: in a process, if it still lives then and once it is not stopped. */
  after(ms: number, happen: () => void, process?: SimulatedProcess): void {
    const entry = { at: this.now + Math.max(0, ms), order: this.#order++, happen };
    this.#agenda.add(process === undefined ? entry : { ...entry, happen: () => this.#within(process, happen) });
  }

  /** Counts up. */
  nextNumber(): number {
    return this.#order++;
  }

  /** Ends the run. */
  fail(error: unknown): void {
    this.#failure ??= error;
  }

  /**
   * Lets time pass until `done`, or until nothing is left to happen. Between two happenings everything that waits on promises has gone as
   * far as it can: a microtask that is queued last leads to a tick, and ticks come only when no microtask is left.
   *
   * @throws whatever the run failed with
   */
  run(done: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        if (this.#failure === undefined && !done() && this.#happen()) {
          queueMicrotask(() => process.nextTick(step));
        } else if (this.#failure === undefined) resolve();
        else reject(this.#failure);
      };
      current.exit(step);
    });
  }

  /** @returns whether anything was left */
  #happen(): boolean {
    const entry = this.#agenda.take();
    if (entry === undefined) return false;
    this.now = entry.at;
    this.events++;
    try {
      entry.happen();
    } catch (error) {
      this.fail(error);
    }
    return true;
  }

  #within(process: SimulatedProcess, happen: () => void): void {
    if (!process.alive) return;
    if (process.stands) process.later(happen);
    else process.run(happen);
  }
}

/** One process of the system. Killed, none of its code runs ever again, and nobody hears of it but by its silence. */
export class SimulatedProcess {
  readonly world: World;
  readonly name: string;
  /** Of this life of it: after a restart it is another. */
  readonly id: string;
  alive = true;
  #stoppedUntil = 0;
  /** What came while it stood still, in that order. */
  #waiting: (() => void)[] = [];
  /** Milliseconds its clock is ahead. */
  skewMs = 0;
  readonly #onKill: (() => void)[] = [];

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
    this.id = `${name}#${world.nextNumber()}`;
  }

  /** Milliseconds since the epoch, by this process's clock. */
  now(): number {
    return epochMs + Math.floor(this.world.now + this.skewMs);
  }

  /** Whether it does nothing just now. */
  get stands(): boolean {
    return this.#stoppedUntil > this.world.now;
  }

  /** Lets it do nothing for some milliseconds, as after SIGSTOP. What comes meanwhile is done after, in order. */
  stop(ms: number): void {
    this.#stoppedUntil = Math.max(this.#stoppedUntil, this.world.now + ms);
    this.world.after(ms, () => {
      if (!this.stands) for (const happen of this.#waiting.splice(0)) this.world.after(0, happen, this);
    });
  }

  /** Of the time it stands still. */
  later(happen: () => void): void {
    this.#waiting.push(happen);
  }

  run<T>(work: () => T): T {
    return current.run(this, work);
  }

  /** Told outside of the process when it is killed. */
  onKill(listener: () => void): void {
    this.#onKill.push(listener);
  }

  kill(): void {
    if (!this.alive) return;
    this.alive = false;
    for (const listener of this.#onKill) listener();
  }
}
