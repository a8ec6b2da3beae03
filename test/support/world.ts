import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { connectEventLog } from '../../src/adapters/event-log/event-log.ts';
import { createGates } from '../../src/adapters/gates/gates.ts';
import type { RateLimits } from '../../src/adapters/gates/rates.ts';
import { type LiveView, startLiveView } from '../../src/adapters/live-view/live-view.ts';
import { streamName } from '../../src/kernel/codec.ts';
import { createAccessTokens } from '../../src/kernel/crypto/access-tokens.ts';
import { createPasswords } from '../../src/kernel/crypto/passwords.ts';
import { createSealer } from '../../src/kernel/crypto/sealer.ts';
import type { EventLog } from '../../src/kernel/log.ts';
import type { Answer } from '../../src/kernel/pipeline/answer.ts';
import { createPipeline, type Pipeline } from '../../src/kernel/pipeline/pipeline.ts';
import type { Ports, RequestInfo } from '../../src/kernel/ports.ts';
import { systemPrincipal } from '../../src/kernel/principal.ts';
import { discover, type Registry } from '../../src/kernel/registry.ts';
import { silent } from '../../src/kernel/telemetry.ts';
import { keyFixture } from './keys.ts';
import { requestInfo } from './pipeline.ts';
import { sharedStores } from './stores.ts';

/** The write side as it runs, over real stores, as one or several processes on one log. */
export interface World {
  readonly log: EventLog;
  readonly registry: Registry;
  readonly processes: readonly Process[];
  close(): Promise<void>;
}

export interface Process {
  readonly liveView: LiveView;
  readonly pipeline: Pipeline;
  /** As somebody outside, by endpoint name; a token where one is given. */
  ask(name: string, input: unknown, token?: string, info?: Partial<RequestInfo>): Promise<Answer>;
  /** As the system, in a tenant. */
  askAs(tenant: string, name: string, input: unknown, info?: Partial<RequestInfo>): Promise<Answer>;
}

interface Shared {
  readonly log: EventLog;
  readonly registry: Registry;
  readonly ports: Omit<Ports, 'directory'>;
  readonly tokens: ReturnType<typeof createAccessTokens>;
  readonly redisUrl: string;
  readonly limits: Partial<RateLimits>;
}

const clock = { now: () => Date.now() };
const generous = { publicPerMinute: 10_000, failuresPerMinute: 10_000 };

/** Starts it; `limits` are wide where absent. The caller closes it. */
export async function startWorld(
  options: { readonly processes?: number; readonly limits?: Partial<RateLimits> } = {},
): Promise<World> {
  const log = connectEventLog((await sharedStores().freshEventNode()).url);
  const keys = await keyFixture();
  const registry = await discover(fileURLToPath(new URL('../..', import.meta.url)));
  const seeds = [randomBytes(32)] as const;
  const tokens = createAccessTokens({ seeds, issuer: 'https://keyledger.test', clock, ttlSeconds: 3_600 });
  const sealer = createSealer({ keyStore: keys.keyStore, rootKey: keys.rootKey });
  const ports = {
    clock,
    sealer,
    personal: sealer.personal,
    passwords: createPasswords(),
    tokens,
    readEvent: async (aggregate: string, tenant: string, id: string, revision: number) => {
      for await (const event of log.readStream(streamName(aggregate, tenant, id), { from: revision, max: 1 })) {
        return event;
      }
      return undefined;
    },
  } as unknown as Omit<Ports, 'directory'>;
  const redisUrl = await sharedStores().redisUrl();
  const shared: Shared = { log, registry, ports, tokens, redisUrl, limits: { ...generous, ...options.limits } };
  const started = await Promise.all(Array.from({ length: options.processes ?? 1 }, () => startProcess(shared)));
  return {
    log,
    registry,
    processes: started.map(({ process }) => process),
    close: async () => {
      await Promise.all(started.map(({ close }) => close()));
      await log.close();
      await keys.close();
    },
  };
}

async function startProcess(shared: Shared): Promise<{ readonly process: Process; close(): Promise<void> }> {
  const { limits, log, ports, redisUrl, registry, tokens } = shared;
  const liveView = startLiveView({ log, clock, telemetry: silent });
  const gates = createGates({
    liveView,
    accessTokens: tokens,
    redisUrl,
    clock,
    telemetry: silent,
    usage: async () => 0,
    limits,
  });
  const pipeline = createPipeline({
    log,
    clock,
    gates,
    ports: { ...ports, directory: liveView },
    readModels: { run: async () => [], waitFor: async () => true },
    cursors: { encode: () => '', decode: () => undefined, encodeInteger: () => 0, decodeInteger: () => undefined },
    onBug: (error) => console.error(error),
  });
  await liveView.ready;
  const endpoint = (name: string) => {
    const found = registry.endpoints.find(({ value }) => value.name === name);
    if (found === undefined) throw new Error(`no endpoint is named ${name}`);
    return found.value;
  };
  const process: Process = {
    liveView,
    pipeline,
    ask: (name, input, token, info = {}) => {
      const credential = token === undefined ? undefined : { scheme: 'bearer' as const, value: token };
      return pipeline.execute(endpoint(name), input, credential, requestInfo(info));
    },
    askAs: (tenant, name, input, info = {}) =>
      pipeline.executeAs(endpoint(name), input, systemPrincipal(tenant, 'test'), requestInfo(info)),
  };
  return {
    process,
    close: async () => {
      await pipeline.close();
      await gates.close();
      await liveView.stop();
    },
  };
}
