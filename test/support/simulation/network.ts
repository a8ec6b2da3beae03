import type { World } from './world.ts';

/** How often things go wrong while faults are on. */
export interface Weather {
  /** Of a message: that it takes long. */
  readonly slow: number;
  /** Of a call: that its request, or its answer, is lost. */
  readonly lost: number;
  /** Of a call: that its request comes twice. */
  readonly doubled: number;
}

const fair: Weather = { slow: 0, lost: 0, doubled: 0 };

/** What lies between the processes. */
export class Network {
  readonly world: World;
  weather: Weather = fair;
  readonly #cuts = new Map<string, number>();

  constructor(world: World) {
    this.world = world;
  }

  /** Lets nothing through between two for some milliseconds. */
  cut(one: string, other: string, ms: number): void {
    this.#cuts.set(pair(one, other), this.world.now + ms);
  }

  /** Nothing goes wrong from here on. */
  heal(): void {
    this.weather = fair;
    this.#cuts.clear();
  }

  isCut(one: string, other: string): boolean {
    return (this.#cuts.get(pair(one, other)) ?? 0) > this.world.now;
  }

  /** Milliseconds one message takes. */
  delay(): number {
    const { random } = this.world;
    if (!random.chance(this.weather.slow)) return random.between(0.05, 1.5);
    return random.chance(0.1) ? random.between(500, 4_500) : random.between(5, 300);
  }

  /** Milliseconds one message of a connection takes, which waits for a cut to end. */
  streamDelay(one: string, other: string): number {
    const cut = (this.#cuts.get(pair(one, other)) ?? 0) - this.world.now;
    return Math.max(cut, 0) + this.delay();
  }

  lost(): boolean {
    return this.world.random.chance(this.weather.lost);
  }

  doubled(): boolean {
    return this.world.random.chance(this.weather.doubled);
  }
}

function pair(one: string, other: string): string {
  return one < other ? `${one}|${other}` : `${other}|${one}`;
}
