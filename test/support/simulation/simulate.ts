import { takeOverAmbient } from './ambient.ts';
import { checkAll } from './check.ts';
import { Clients } from './clients.ts';
import { heal, unleash } from './faults.ts';
import { guardFencing } from './fencing.ts';
import { install } from './installation.ts';
import type { Bug } from './options.ts';
import { unrest } from './rest.ts';
import { Server } from './server.ts';
import { Violation, World } from './world.ts';

/** Milliseconds of the world's time after the faults by which everything must have come to rest. */
const patienceMs = 900_000;
/** Milliseconds of the world's time between two looks whether it has. */
const lookMs = 250;

/** What one seed came to. */
export interface Run {
  readonly seed: number;
  /** What must not be, and was. */
  readonly violation: string | undefined;
  /** Of everything that happened: the same for the same seed. */
  readonly digest: string;
  readonly happenings: number;
  readonly worldMs: number;
  /** The last lines of what happened. */
  readonly trace: (lines: number) => string;
}

/** Runs log, projector, reactions, workers and pipeline of two servers through the faults of one seed, and checks what became of it. */
export async function simulate(seed: number, bug?: Bug): Promise<Run> {
  takeOverAmbient();
  const world = new World(seed);
  let violation: string | undefined;
  try {
    await live(world, bug);
  } catch (error) {
    violation = error instanceof Violation ? error.message : `${(error as Error).stack}`;
    world.trace.add('world', `VIOLATION ${violation}`);
  }
  // A run is one turn of the machine's own loop: only between turns what is held weakly is let go.
  await new Promise((resolve) => setImmediate(resolve));
  return {
    seed,
    violation,
    digest: world.trace.digest(),
    happenings: world.events,
    worldMs: world.now,
    trace: (lines) => world.trace.last(lines),
  };
}

async function live(world: World, bug: Bug | undefined): Promise<void> {
  const installation = install(world, bug);
  guardFencing(installation.postgres);
  const servers = ['server-1', 'server-2'].map((name) => new Server(installation, name));
  const clients = new Clients(installation, servers);
  for (const server of servers) world.after(world.random.between(0, 500), () => server.start());
  const faultsMs = world.random.between(3_000, 8_000);
  const scene = { ...installation, servers };
  // Requests only come once reactions are registered, as at a first start.
  world.after(1_500, () => {
    clients.begin(faultsMs);
    unleash(scene, faultsMs);
  });
  world.after(1_500 + faultsMs, () => heal(scene));
  let resting = false;
  const look = (): void => {
    const left = unrest(installation, clients, servers);
    resting = left.length === 0;
    if (world.now > faultsMs + patienceMs) throw new Violation(`nothing goes on: ${left.join('; ')}`);
    if (!resting) world.after(lookMs, look);
  };
  world.after(1_500 + faultsMs + 1, look);
  await world.run(() => resting);
  checkAll(installation, clients.operations);
}
