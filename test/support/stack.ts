import { randomBytes } from 'node:crypto';
import { v4 as uuidv4 } from 'uuid';
import { startReactions } from '../../src/adapters/effects/reactions.ts';
import { startWorkers } from '../../src/adapters/effects/workers.ts';
import { connectEventLog } from '../../src/adapters/event-log/event-log.ts';
import { connectReadModels } from '../../src/adapters/postgres/read-models.ts';
import { createSnapshotStore } from '../../src/adapters/postgres/snapshots.ts';
import { startProjector } from '../../src/adapters/projector/projector.ts';
import type { AnyCommand } from '../../src/kernel/command.ts';
import { createCursorCodec } from '../../src/kernel/crypto/cursor.ts';
import { createSealer } from '../../src/kernel/crypto/sealer.ts';
import { createDocumentSigner } from '../../src/kernel/crypto/signing.ts';
import type { EventLog } from '../../src/kernel/log.ts';
import type { Answer, AnyEndpoint } from '../../src/kernel/pipeline/answer.ts';
import type { Pipeline } from '../../src/kernel/pipeline/pipeline.ts';
import type { Ports, RequestInfo } from '../../src/kernel/ports.ts';
import type { Projection } from '../../src/kernel/projection.ts';
import type { Reaction } from '../../src/kernel/reaction.ts';
import { silent } from '../../src/kernel/telemetry.ts';
import type { Worker } from '../../src/kernel/worker.ts';
import { type KeyFixture, keyFixture } from './keys.ts';
import { requestInfo, stillClock, testPipeline, testPorts } from './pipeline.ts';
import { sharedStores } from './stores.ts';

/** What of the rooms a suite needs. */
export interface StackParts {
  readonly projections: readonly Projection[];
  readonly reactions?: readonly Reaction[];
  readonly workers?: readonly Worker[];
  readonly commands?: readonly unknown[];
}

/** The product without its gates and its HTTP side, over real stores. */
export interface Stack {
  /** A tenant no other suite uses. */
  readonly tenant: string;
  readonly log: EventLog;
  readonly ports: Ports;
  readonly pipeline: Pipeline;
  readonly database: KeyFixture;
  readonly clock: { now(): number; advance(ms: number): void };
  /** Asks an endpoint as a user of the tenant; reads wait for all that was written before through here. */
  ask(endpoint: unknown, input: object, as?: Asking): Promise<Answer>;
  close(): Promise<void>;
}

export interface Asking {
  readonly user?: string;
  readonly permissions?: readonly string[];
  readonly tenant?: string;
  readonly info?: Partial<RequestInfo>;
}

/** Starts a stack. The caller closes it. */
export async function startStack(parts: StackParts): Promise<Stack> {
  const stores = sharedStores();
  const [{ url }, redisUrl, database] = await Promise.all([stores.eventNode(), stores.redisUrl(), keyFixture()]);
  const log = connectEventLog(url);
  const clock = stillClock();
  const { app, owner, keyStore, rootKey } = database;
  const readModels = connectReadModels({ app, telemetry: silent });
  const sealer = createSealer({ keyStore, rootKey });
  const ports: Ports = {
    ...testPorts(log, clock),
    read: (tenant, statement) => readModels.run(tenant, statement),
    sealer,
    personal: sealer.personal,
    signer: createDocumentSigner({ secret: randomBytes(32) }),
  };
  const bugs: unknown[] = [];
  const { pipeline } = testPipeline(url, {
    log,
    clock,
    ports,
    readModels,
    cursors: createCursorCodec(randomBytes(32)),
    snapshots: createSnapshotStore(app),
    onBug: (error) => bugs.push(error),
  });
  const projector = startProjector({
    log,
    owner,
    appRole: app.role,
    projections: parts.projections,
    telemetry: silent,
  });
  const { executeAs } = pipeline;
  const commands = (parts.commands ?? []) as readonly AnyCommand[];
  const common = { log, owner, redisUrl, executeAs, ports, telemetry: silent };
  const reactions = await startReactions({ ...common, reactions: parts.reactions ?? [], commands });
  const workers = startWorkers({ ...common, workers: parts.workers ?? [] });
  const tenant = uuidv4();
  let written = 0n;
  return {
    tenant,
    log,
    ports,
    pipeline,
    database,
    clock,
    ask: async (endpoint, input, { user = 'alice', permissions = ['*'], tenant: other = tenant, info = {} } = {}) => {
      const asked = requestInfo({ ...(written === 0n ? {} : { waitFor: written }), ...info });
      const credential = { scheme: 'bearer', value: `${other}/${user}/${permissions.join(',')}` } as const;
      const answer = await pipeline.execute(endpoint as AnyEndpoint, input, credential, asked);
      if (answer.position !== undefined && answer.position > written) written = answer.position;
      if (answer.status === 500) throw bugs.at(-1);
      return answer;
    },
    close: async () => {
      await Promise.all([projector.stop(), reactions.stop(), workers.stop()]);
      await pipeline.close();
      await readModels.close();
      await log.close();
      await database.close();
    },
  };
}
