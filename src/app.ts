import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Container } from 'inversify';
import { createFileArchive } from './adapters/archive/file-archive.ts';
import { makePdf } from './adapters/documents/pdf.ts';
import { connectEventLog } from './adapters/event-log/event-log.ts';
import { createGates } from './adapters/gates/gates.ts';
import { standingOf } from './adapters/gates/standing.ts';
import { usageFrom } from './adapters/gates/usage.ts';
import { createKeyStore } from './adapters/key-store/key-store.ts';
import { openRootKey } from './adapters/key-store/root-key-file.ts';
import { startLiveView } from './adapters/live-view/live-view.ts';
import { createOutgoing } from './adapters/outgoing/outgoing.ts';
import { connectDatabase } from './adapters/postgres/database.ts';
import { connectReadModels } from './adapters/postgres/read-models.ts';
import { createSnapshotStore } from './adapters/postgres/snapshots.ts';
import { createEventStreams } from './adapters/streaming/event-streams.ts';
import { createLogger } from './adapters/telemetry/logger.ts';
import { createMetrics } from './adapters/telemetry/metrics.ts';
import { checkpointNow, installationName, rotationsFrom } from './app/checkpoints.ts';
import { type Parts, part, type StoreUrls } from './app/parts.ts';
import type { Config } from './config.ts';
import { streamName } from './kernel/codec.ts';
import { createAccessTokens } from './kernel/crypto/access-tokens.ts';
import { createCursorCodec } from './kernel/crypto/cursor.ts';
import { installationKeys } from './kernel/crypto/installation-keys.ts';
import { createPasswords } from './kernel/crypto/passwords.ts';
import { createSealer } from './kernel/crypto/sealer.ts';
import { createDocumentSigner } from './kernel/crypto/signing.ts';
import type { EventLog } from './kernel/log.ts';
import { createPipeline } from './kernel/pipeline/pipeline.ts';
import type { Clock, Ports } from './kernel/ports.ts';
import { createCheckpointSigner } from './kernel/proof/checkpoint-signer.ts';
import { discover } from './kernel/registry.ts';
import { Request } from './kernel/request.ts';

export interface Composition {
  readonly config: Config;
  readonly stores: StoreUrls;
  readonly clock?: Clock | undefined;
}

/** Life of an access token in seconds; the session it belongs to can be closed at any time. */
const accessTokenSeconds = 900;
/** Milliseconds a worker waits for read models before it is tried again later. */
const seenWithinMs = 10_000;
/** The folder that holds the rooms, among the sources as among the compiled files. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The composition root: the one place that knows every adapter. Nothing is connected before it is asked for. */
export function compose({ clock = { now: Date.now }, config, stores }: Composition): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(part('config')).toConstantValue(config);
  container.bind(part('stores')).toConstantValue(stores);
  container.bind(part('clock')).toConstantValue(clock);
  bindObservation(container);
  bindStores(container);
  bindCryptography(container);
  bindIdentity(container);
  bindStreams(container);
  bindRequests(container);
  return container;
}

/** Binds a part that is made of others, once, at the first asking. */
function bind<Name extends keyof Parts, Needed extends keyof Parts>(
  container: Container,
  name: Name,
  needs: readonly Needed[],
  make: (parts: Pick<Parts, Needed>) => Parts[Name] | Promise<Parts[Name]>,
): void {
  container.bind(part(name)).toDynamicValue(async (context) => {
    const pairs = needs.map(async (need) => [need, await context.getAsync(part(need))]);
    return make(Object.fromEntries(await Promise.all(pairs)) as Pick<Parts, Needed>);
  });
}

function bindObservation(container: Container): void {
  bind(container, 'metrics', [], () => createMetrics());
  bind(container, 'telemetry', ['config', 'metrics'], ({ config, metrics }) => ({
    log: createLogger({ level: config.logLevel, format: config.logFormat }),
    metrics,
  }));
  bind(container, 'registry', [], () => discover(root));
  bind(container, 'outgoing', ['config'], ({ config }) => createOutgoing({ allow: config.outgoingAllow }));
}

function bindStores(container: Container): void {
  bind(container, 'log', ['stores'], ({ stores }) => connectEventLog(stores.eventStoreUrl));
  bind(container, 'owner', ['stores'], ({ stores }) =>
    connectDatabase(stores.databaseOwnerUrl, { name: 'keyledger owner' }),
  );
  bind(container, 'reader', ['stores'], ({ stores }) =>
    connectDatabase(stores.databaseUrl, { name: 'keyledger requests' }),
  );
  bind(container, 'readModels', ['reader', 'telemetry'], ({ reader, telemetry }) =>
    connectReadModels({ app: reader, telemetry }),
  );
}

function bindCryptography(container: Container): void {
  bind(container, 'sealer', ['clock', 'config', 'reader'], ({ clock, config, reader }) => {
    const rootKey = openRootKey({ file: config.rootKeyFile, dataDir: config.dataDir });
    return createSealer({ keyStore: createKeyStore(reader), rootKey, clock });
  });
  bind(container, 'keys', ['sealer'], ({ sealer }) => installationKeys(sealer));
  bind(container, 'tokens', ['clock', 'config', 'keys'], ({ clock, config, keys }) =>
    createAccessTokens({
      seeds: keys.accessTokens,
      issuer: config.publicUrl ?? 'keyledger',
      clock,
      ttlSeconds: accessTokenSeconds,
    }),
  );
}

function bindIdentity(container: Container): void {
  bind(container, 'liveView', ['clock', 'log', 'sealer', 'telemetry'], ({ sealer, ...parts }) =>
    startLiveView({ ...parts, forget: sealer.personal.forget }),
  );
  const needed = ['clock', 'liveView', 'log', 'readModels', 'stores', 'telemetry', 'tokens'] as const;
  bind(container, 'gates', needed, ({ log, readModels, stores, tokens, ...parts }) =>
    createGates({ ...parts, accessTokens: tokens, redisUrl: stores.redisUrl, usage: usageFrom(readModels, log) }),
  );
}

function bindStreams(container: Container): void {
  bind(container, 'streams', ['clock', 'keys', 'liveView', 'log', 'telemetry'], ({ keys, liveView, ...parts }) =>
    createEventStreams({ ...parts, cursors: createCursorCodec(keys.cursors), standing: standingOf(liveView) }),
  );
}

function bindRequests(container: Container): void {
  const forPorts = ['clock', 'config', 'keys', 'liveView', 'log', 'readModels', 'sealer', 'streams', 'tokens'] as const;
  bind(container, 'ports', forPorts, ({ clock, config, keys, liveView, log, readModels, sealer, streams, tokens }) => ({
    clock,
    streams,
    sealer,
    tokens,
    directory: liveView,
    passwords: createPasswords(),
    pdf: makePdf,
    signer: createDocumentSigner({ secret: keys.documents, profile: config.signingProfile }),
    checkpointSigner: createCheckpointSigner({
      installation: installationName(config, keys),
      profile: config.signingProfile,
      secretOf: keys.auditCheckpoints,
      rotatedAt: rotationsFrom(readEventOf(log)),
    }),
    checkpointNow: checkpointNow(readModels, () => container.getAsync(part('pipeline'))),
    read: (tenant, statement) => readModels.run(tenant, statement),
    haveSeen: (names, position) => readModels.waitFor(names, position, seenWithinMs),
    readEvent: readEventOf(log),
    readStream: readStreamOf(log),
    truncateRequests: (tenant, day, before) => log.truncate(streamName(Request.name, tenant, day), before),
    personal: sealer.personal,
    archive: createFileArchive(join(config.dataDir, 'archive')),
  }));
  const forPipeline = ['clock', 'gates', 'keys', 'log', 'ports', 'readModels', 'reader', 'telemetry'] as const;
  bind(container, 'pipeline', forPipeline, ({ keys, reader, telemetry, ...parts }) =>
    createPipeline({
      ...parts,
      cursors: createCursorCodec(keys.cursors),
      snapshots: createSnapshotStore(reader),
      onBug: (error, call) => telemetry.log.error({ err: error, ...call }, 'a bug answered a request with 500'),
      onAway: ({ message }, call) => telemetry.log.warn({ reason: message, ...call }, 'a store is away'),
    }),
  );
}

function readStreamOf(log: EventLog): Ports['readStream'] {
  return (aggregate, tenant, id, from = 0) => log.readStream(streamName(aggregate, tenant, id), { from });
}

function readEventOf(log: EventLog): Ports['readEvent'] {
  return async (aggregate, tenant, id, revision) => {
    const stream = streamName(aggregate, tenant, id);
    for await (const event of log.readStream(stream, { from: revision, max: 1 })) return event;
    return undefined;
  };
}
