import { databaseOver } from '../../../src/adapters/postgres/transactions.ts';
import { resumeParked } from '../../../src/adapters/projector/parked.ts';
import type { Installation } from './installation.ts';
import { SimulatedPool } from './postgres/pool.ts';
import type { Server } from './server.ts';
import { SimulatedProcess } from './world.ts';

interface Scene extends Installation {
  readonly servers: readonly Server[];
}

/** What may go wrong; each does one thing and sees to it that it passes. */
const faults: readonly ((scene: Scene) => void)[] = [
  killServer,
  killServer,
  replaceServer,
  stopServer,
  ({ node, world }) => {
    node.crash();
    world.after(world.random.between(20, 2_500), () => node.start());
  },
  ({ node, world }) => {
    node.crash();
    world.after(world.random.between(20, 200), () => node.start());
  },
  ({ postgres, world }) => {
    postgres.crash();
    world.after(world.random.between(50, 2_500), () => postgres.start());
  },
  ({ queue, world }) => {
    queue.crash();
    world.after(world.random.between(50, 2_500), () => queue.start());
  },
  ({ queue }) => queue.flush(),
  cutOff,
  cutOff,
  fillDisk,
  failSync,
  jumpClock,
  askToResume,
];

/** Lets things go wrong at random times up to then. Runs differ in how bad it gets; one in twenty is quiet. */
export function unleash(scene: Scene, untilMs: number): void {
  const { random } = scene.world;
  if (random.chance(0.05)) return;
  scene.network.weather = {
    slow: random.pick([0, 0.02, 0.1]),
    lost: random.pick([0, 0.01, 0.04]),
    doubled: random.pick([0, 0.03]),
  };
  const count = random.int(0, 9);
  for (let index = 0; index < count; index++) {
    scene.world.after(random.between(100, untilMs), () => random.pick(faults)(scene));
  }
}

/** Everything is up, reachable and of one release from here on; who stands still goes on soon. */
export function heal({ network, node, postgres, queue, servers, world }: Scene): void {
  world.trace.add('world', 'faults end');
  network.heal();
  node.disk.condition = () => 'sound';
  node.start();
  postgres.start();
  queue.start();
  const release = Math.max(...servers.map((server) => server.release));
  for (const server of servers) {
    if (server.release < release) server.kill();
    server.release = release;
    server.start();
  }
}

function killServer({ servers, world }: Scene): void {
  const server = world.random.pick(servers);
  server.kill();
  world.after(world.random.between(50, 5_000), () => server.start());
}

/** A new release takes the place of an old one, in an orderly way. */
function replaceServer({ servers, world }: Scene): void {
  const server = world.random.pick(servers);
  server.stop();
  world.after(world.random.between(500, 4_000), () => {
    server.kill();
    if (world.random.chance(0.5)) server.release = 2;
    server.start();
  });
}

/** As by SIGSTOP, or a machine that hangs. */
function stopServer({ servers, world }: Scene): void {
  const { name, process } = world.random.pick(servers);
  const ms = world.random.between(300, 8_000);
  process.stop(ms);
  world.trace.add(name, `stands still for ${ms.toFixed(0)} ms`);
}

function cutOff({ network, servers, world }: Scene): void {
  const server = world.random.pick(servers).name;
  const other = world.random.pick(['node', 'postgres', 'queue', 'receiver', 'client']);
  const ms = world.random.between(100, 6_000);
  network.cut(server, other, ms);
  world.trace.add('network', `${server} and ${other} are cut off for ${ms.toFixed(0)} ms`);
}

function fillDisk({ node, world }: Scene): void {
  const until = world.now + world.random.between(20, 1_500);
  node.disk.condition = () => (world.now < until ? 'full' : 'sound');
  world.trace.add('node', `disk full until ${until.toFixed(0)}`);
}

/** The next sync fails; whether it kept what it was to keep, nobody can tell. */
function failSync({ node, world }: Scene): void {
  const fate = world.random.pick(['lost, sync failed', 'kept, sync failed'] as const);
  node.disk.condition = () => {
    node.disk.condition = () => 'sound';
    return fate;
  };
}

function jumpClock({ servers, world }: Scene): void {
  const { name, process } = world.random.pick(servers);
  process.skewMs += world.random.between(-600_000, 600_000);
  world.trace.add(name, `clock ${process.skewMs.toFixed(0)} ms off`);
}

/** An operator takes the parked streams up again. */
function askToResume({ network, postgres, world }: Scene): void {
  const process = new SimulatedProcess(world, 'operator');
  const pool = new SimulatedPool({ server: postgres, network, process });
  const owner = databaseOver(pool, { role: 'owner', session: () => Promise.reject(new Error('no sessions')) });
  process.run(() => {
    resumeParked(owner, 'sim_entries').catch(() => undefined);
  });
}
