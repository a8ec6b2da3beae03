import type { Attempted, JobQueues, QueueWork } from '../../../src/adapters/effects/job-queue.ts';
import type { Network } from './network.ts';
import type { QueueServer, Taker } from './queue-server.ts';
import type { SimulatedProcess } from './world.ts';

/** Milliseconds before another try where an attempt threw. */
const againMs = 1_000;
/** Milliseconds an answer is waited for. */
const answerMs = 5_000;

export interface QueuesDeps {
  readonly server: QueueServer;
  readonly network: Network;
  readonly process: SimulatedProcess;
}

/** The product's port to its queues, over the simulated network. */
export function simulatedQueues({ network, process, server }: QueuesDeps): JobQueues {
  const { world } = process;
  const takers: Taker[] = [];
  let known = server.life;
  const isAway = (): boolean => !server.up || network.isCut(process.name, 'queue');
  const work = ({ attempt, claimMs, concurrency, queue }: QueueWork): void => {
    const active = new Set<string>();
    const take = (key: string): void => {
      active.add(key);
      world.after(
        network.delay(),
        () => {
          world.trace.add(process.name, `job ${key}`);
          attempt(key, async () => undefined).then(finish, () =>
            finish({ kind: 'again', delayMs: againMs, error: '' }),
          );
        },
        process,
      );
      const finish = (attempted: Attempted): void => {
        active.delete(key);
        world.trace.add(process.name, `job ${key}: ${attempted.kind}`);
        // Where the queue does not hear of it, the job is stalled and comes again.
        if (network.lost() || isAway()) return;
        world.after(network.delay(), () => told(server, taker, { key, attempted }));
      };
    };
    const taker = { queue, process, claimMs, take, active, free: () => active.size < concurrency && !isAway() };
    takers.push(taker);
    server.attend(taker);
  };
  return {
    add: async (queue, jobs) => {
      if (isAway()) return false;
      await call({ network, process, server }, () => server.add(queue, jobs));
      return true;
    },
    memory: async () => {
      if (isAway()) return undefined;
      if (known !== server.life) server.memory = world.random.uuid();
      known = server.life;
      server.memory ??= world.random.uuid();
      return server.memory;
    },
    work,
    endWork: async () => {
      for (const taker of takers) server.leave(taker);
    },
    close: async () => undefined,
  };
}

function told(
  server: QueueServer,
  taker: Taker,
  { attempted, key }: { readonly key: string; readonly attempted: Attempted },
): void {
  if (attempted.kind === 'over' || attempted.kind === 'rest') server.remove(taker, key);
  else server.putBack(taker, key, attempted.kind === 'busy' ? attempted.forMs : attempted.delayMs);
}

/** A call that may be lost on its way there or back: then no answer comes in time. */
function call({ network, process, server }: QueuesDeps, work: () => void): Promise<void> {
  const { world } = process;
  return new Promise((resolve, reject) => {
    const silence = (): void =>
      world.after(answerMs, () => reject(new Error(`no answer within ${answerMs} ms`)), process);
    if (network.lost()) {
      silence();
      return;
    }
    world.after(network.delay(), () => {
      if (!server.up) {
        silence();
        return;
      }
      work();
      if (network.lost()) silence();
      else world.after(network.delay(), () => resolve(), process);
    });
  });
}
