import { createHmac } from 'node:crypto';
import { registerReactions } from '../../../src/adapters/effects/checkpoints.ts';
import { runReactions } from '../../../src/adapters/effects/reactions.ts';
import { runWorkers } from '../../../src/adapters/effects/workers.ts';
import { eventLogOver } from '../../../src/adapters/event-log/event-log.ts';
import type { Database } from '../../../src/adapters/postgres/database.ts';
import { databaseOver } from '../../../src/adapters/postgres/transactions.ts';
import { startProjector } from '../../../src/adapters/projector/projector.ts';
import { streamName } from '../../../src/kernel/codec.ts';
import type { EventLog } from '../../../src/kernel/log.ts';
import { createPipeline, type Pipeline } from '../../../src/kernel/pipeline/pipeline.ts';
import type { Gates, Ports } from '../../../src/kernel/ports.ts';
import type { Projection } from '../../../src/kernel/projection.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { type Worker, worker } from '../../../src/kernel/worker.ts';
import { notifyQueue, projections, reactions, record } from './domain.ts';
import { simulatedClient } from './event-node/client.ts';
import type { Installation } from './installation.ts';
import { SimulatedPool } from './postgres/pool.ts';
import { simulatedQueues } from './queues.ts';
import { SimulatedProcess } from './world.ts';

/** Shorter than in production, so that a run need not last long. */
const timings = { sweepMs: 5_000, claimMs: 4_000, lease: undefined };

/** One process of the product: pipeline, projector, reactions and workers, as `keyledger up` runs them. */
export class Server {
  readonly name: string;
  process: SimulatedProcess;
  /** Undefined until requests may be served. */
  pipeline: Pipeline | undefined;
  /** The release it runs: a newer one has newer read models. */
  release = 1;
  readonly #installation: Installation;
  #stop: () => Promise<void> = async () => undefined;

  constructor(installation: Installation, name: string) {
    this.#installation = installation;
    this.name = name;
    this.process = new SimulatedProcess(installation.world, name);
    this.process.alive = false;
  }

  start(): void {
    if (this.process.alive) return;
    const { world } = this.#installation;
    this.process = new SimulatedProcess(world, this.name);
    this.process.skewMs = world.random.chance(0.2) ? world.random.between(-60_000, 60_000) : 0;
    world.trace.add(this.name, `start, release ${this.release}`);
    const { process } = this;
    process.run(() => {
      this.#run(process).catch((error: unknown) => world.fail(error));
    });
  }

  /** `kill -9` */
  kill(): void {
    if (!this.process.alive) return;
    this.#installation.world.trace.add(this.name, 'killed');
    this.pipeline = undefined;
    this.process.kill();
  }

  /** SIGTERM: it ends what is under way, gives its leases up and exits. */
  stop(): void {
    const { process } = this;
    if (!process.alive) return;
    this.#installation.world.trace.add(this.name, 'stopping');
    this.pipeline = undefined;
    process.run(() => {
      this.#stop().then(
        () => process.kill(),
        () => process.kill(),
      );
    });
  }

  async #run(process: SimulatedProcess): Promise<void> {
    const { bug, network, node, postgres, queue } = this.#installation;
    const client = simulatedClient({ node, network, process });
    const connected = eventLogOver(bug?.client?.(client) ?? client);
    const log = bug?.log?.(connected) ?? connected;
    const pool = new SimulatedPool({ server: postgres, network, process, tampering: bug?.sql });
    const owner = databaseOver(pool, { role: 'owner', session: () => Promise.reject(new Error('no sessions')) });
    const released = projections.map((each): Projection => ({ ...each, version: this.release }));
    const projector = startProjector({ log, owner, appRole: 'app', projections: released, telemetry: silent });
    this.#stop = () => projector.stop();
    await untilRegistered({ log, owner });
    const pipeline = this.#pipeline(log, process);
    const executeAs = bug?.executeAs?.(pipeline.executeAs) ?? pipeline.executeAs;
    const queues = simulatedQueues({ server: queue, network, process });
    const bugged = bug?.queues?.(queues) ?? queues;
    const common = { owner, executeAs, telemetry: silent, timings };
    const reacting = runReactions({ ...common, log, reactions, commands: [record] }, bugged);
    const working = runWorkers({ ...common, workers: [this.#worker(process)], ports: {} as Ports }, bugged);
    this.#stop = async () => {
      await Promise.all([projector.stop(), reacting.stop(), working.stop()]);
    };
    this.pipeline = pipeline;
  }

  #pipeline(log: EventLog, process: SimulatedProcess): Pipeline {
    const { world } = this.#installation;
    return createPipeline({
      log,
      ports: portsOver(log, process),
      gates: openGates,
      clock: process,
      readModels: { run: async () => [], waitFor: async () => true },
      cursors: { encode: () => '', decode: () => undefined } as never,
      onBug: (error) => world.fail(error),
    });
  }

  #worker(process: SimulatedProcess): Worker {
    const { bug, receiver } = this.#installation;
    const notify = worker({
      queue: notifyQueue,
      attempts: 4,
      concurrency: 4,
      process: (data, { effectKey }) => receiver.tell(process, effectKey, JSON.stringify(data)),
    });
    return bug?.worker?.(notify) ?? notify;
  }
}

/** As often as it takes: requests are not served before. */
async function untilRegistered({ log, owner }: { readonly log: EventLog; readonly owner: Database }): Promise<void> {
  for (;;) {
    try {
      await registerReactions({ log, owner, reactions, telemetry: silent });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function portsOver(log: EventLog, clock: SimulatedProcess): Ports {
  return {
    clock,
    sealer: {
      mac: async (tenant: string, purpose: string, message: Uint8Array) =>
        createHmac('sha256', `${tenant}/${purpose}`).update(message).digest(),
    },
    readEvent: async (aggregate: string, tenant: string, id: string, revision: number) => {
      for await (const event of log.readStream(streamName(aggregate, tenant, id), { from: revision, max: 1 }))
        return event;
      return undefined;
    },
  } as unknown as Ports;
}

export const caller = {
  tenant: 't1',
  actor: { type: 'user', id: 'u1' },
  permissions: ['*'],
  credentialId: undefined,
} as const;

const openGates: Gates = {
  authenticate: async () => caller,
  entitlement: () => ({ allowed: true }),
  rate: async () => ({ allowed: true, limit: 100, remaining: 99, resetSeconds: 60 }),
  reserve: async () => ({ allowed: true, limit: undefined, used: 0, resetSeconds: 60 }),
  commit: async () => undefined,
  release: async () => undefined,
};
