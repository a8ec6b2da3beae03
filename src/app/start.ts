import { startReactions } from '../adapters/effects/reactions.ts';
import { startScheduler } from '../adapters/effects/scheduler.ts';
import { startWorkers } from '../adapters/effects/workers.ts';
import { type FirstAdministrator, firstStart } from '../adapters/live-view/first-start.ts';
import { kernelMigrations } from '../adapters/postgres/kernel-migrations.ts';
import { migrate, requireMigrated } from '../adapters/postgres/migrate.ts';
import { startProjector } from '../adapters/projector/projector.ts';
import { type Composition, compose } from '../app.ts';
import type { Role } from '../config.ts';
import { createHttpServer } from '../http/server.ts';
import type { AnyCommand } from '../kernel/command.ts';
import type { Pipeline } from '../kernel/pipeline/pipeline.ts';
import type { Registry } from '../kernel/registry.ts';
import { version } from '../kernel/version.ts';
import { startDelivering } from './delivering.ts';
import { type Parts, part } from './parts.ts';
import { readinessOf } from './readiness.ts';
import { requireWholeLog } from './whole-log.ts';

export interface AppOptions extends Composition {
  /** The port of the API; 0 takes any free one. */
  readonly port: number;
  /** Told what is going on while it starts. */
  readonly progress?: (line: string) => void;
}

/** A running process of Keyledger, in one role or in several. */
export interface App {
  /** Of the API, where this process serves it. */
  readonly url: string | undefined;
  /** Where the probes and the metrics are. */
  readonly probesUrl: string;
  /** The administrator that was made now, once in the life of an installation. */
  readonly firstStart: FirstAdministrator | undefined;
  readonly registry: Registry;
  readonly pipeline: Pipeline;
  /** Runs a schedule at once, where this process schedules. */
  readonly runSchedule: ((name: string) => Promise<unknown>) | undefined;
  stop(): Promise<void>;
}

type Get = <Name extends keyof Parts>(name: Name) => Promise<Parts[Name]>;
/** What to stop, the last started first. */
type Stops = (() => Promise<unknown>)[];

/**
 * Starts the configured roles on stores that run.
 *
 * @throws {StoreUnavailable} a store cannot be reached
 */
export async function startApp(options: AppOptions): Promise<App> {
  const container = compose(options);
  const get: Get = (name) => container.getAsync(part(name));
  const stops: Stops = [];
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step();
  };
  try {
    return { ...(await run(options, get, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function run(options: AppOptions, get: Get, stops: Stops): Promise<Omit<App, 'stop'>> {
  const { config, progress = () => undefined } = options;
  const has = (role: Role): boolean => config.roles.includes(role);
  await connect(options, get, stops);
  const registry = await get('registry');
  if (has('projector')) await startProjecting(get, stops);
  progress('reading users, roles and plans from the log');
  await (await get('liveView')).ready;
  const pipeline = await get('pipeline');
  stops.push(() => pipeline.close());
  if (has('worker')) await startWorking(get, stops);
  const runSchedule = has('scheduler') ? await startScheduling(get, stops) : undefined;
  if (!has('api')) {
    const probesUrl = await serve(options, get, stops);
    return { url: undefined, probesUrl, firstStart: undefined, registry, pipeline, runSchedule };
  }
  const made = await firstStart({ registry, executeAs: pipeline.executeAs, liveView: await get('liveView') });
  const url = await serve(options, get, stops);
  return { url, probesUrl: url, firstStart: made, registry, pipeline, runSchedule };
}

/** Each is asked for alone, so that what a failure leaves half-way is stopped. */
async function connect({ config, stores }: AppOptions, get: Get, stops: Stops): Promise<void> {
  const log = await get('log');
  stops.push(() => log.close());
  const reader = await get('reader');
  stops.push(() => reader.close());
  if (config.roles.some((role) => role !== 'api')) {
    const owner = await get('owner');
    stops.push(() => owner.close());
    await migrate(owner, roleOf(stores.databaseUrl), kernelMigrations);
  } else {
    await requireMigrated(reader, kernelMigrations);
  }
  await requireWholeLog(log, reader);
  const readModels = await get('readModels');
  stops.push(() => readModels.close());
  const liveView = await get('liveView');
  stops.push(() => liveView.stop());
  const gates = await get('gates');
  stops.push(() => gates.close());
}

const roleOf = (databaseUrl: string): string => decodeURIComponent(new URL(databaseUrl).username);

async function startProjecting(get: Get, stops: Stops): Promise<void> {
  const [log, owner, readModels, registry, telemetry] = await Promise.all([
    get('log'),
    get('owner'),
    get('readModels'),
    get('registry'),
    get('telemetry'),
  ]);
  const { databaseUrl } = await get('stores');
  const projections = registry.projections.map(({ value }) => value);
  const { saw: onMoved } = readModels;
  const projector = startProjector({ log, owner, appRole: roleOf(databaseUrl), projections, telemetry, onMoved });
  stops.push(() => projector.stop());
}

async function startWorking(get: Get, stops: Stops): Promise<void> {
  const [log, owner, registry, telemetry] = await Promise.all([
    get('log'),
    get('owner'),
    get('registry'),
    get('telemetry'),
  ]);
  const [{ executeAs }, ports, { redisUrl }] = await Promise.all([get('pipeline'), get('ports'), get('stores')]);
  const reactions = await startReactions({
    log,
    owner,
    redisUrl,
    telemetry,
    executeAs,
    reactions: registry.reactions.map(({ value }) => value),
    commands: registry.endpoints.flatMap(({ value }) => (value.kind === 'command' ? [value as AnyCommand] : [])),
  });
  stops.push(() => reactions.stop());
  const workers = startWorkers({
    owner,
    redisUrl,
    telemetry,
    executeAs,
    ports,
    workers: registry.workers.map(({ value }) => value),
  });
  stops.push(() => workers.stop());
  const outgoing = await get('outgoing');
  stops.push(() => outgoing.close());
  const forDelivering = { log, owner, outgoing, registry, telemetry, pipeline: await get('pipeline') };
  const delivering = startDelivering({ ...forDelivering, clock: await get('clock'), sealer: await get('sealer') });
  stops.push(() => delivering.stop());
}

async function startScheduling(get: Get, stops: Stops): Promise<NonNullable<App['runSchedule']>> {
  const [clock, owner, registry, telemetry] = await Promise.all([
    get('clock'),
    get('owner'),
    get('registry'),
    get('telemetry'),
  ]);
  const { executeAs } = await get('pipeline');
  const schedules = registry.schedules.map(({ value }) => value);
  const scheduler = startScheduler({ clock, executeAs, owner, schedules, telemetry });
  stops.push(() => scheduler.stop());
  return (name) => scheduler.runNow(name);
}

async function serve({ config, port }: AppOptions, get: Get, stops: Stops): Promise<string> {
  const [metrics, pipeline, registry, telemetry] = await Promise.all([
    get('metrics'),
    get('pipeline'),
    get('registry'),
    get('telemetry'),
  ]);
  const server = createHttpServer({
    // Other roles serve their probes and metrics alone.
    registry: config.roles.includes('api') ? registry : { endpoints: [] },
    telemetry,
    metrics,
    version,
    execute: pipeline.execute,
    readiness: readinessOf(await get('liveView'), await get('reader')),
    trustedProxies: config.trustedProxies,
    publicUrl: config.publicUrl,
  });
  const listening = await server.listen(port, config.host);
  stops.push(() => listening.close());
  // Streams end before the server waits for what is under way.
  const streams = await get('streams');
  stops.push(() => streams.stop());
  return listening.url;
}
