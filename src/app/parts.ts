import type { ServiceIdentifier } from 'inversify';
import type { LiveView } from '../adapters/live-view/live-view.ts';
import type { Outgoing } from '../adapters/outgoing/outgoing.ts';
import type { Database } from '../adapters/postgres/database.ts';
import type { ConnectedReadModels } from '../adapters/postgres/read-models.ts';
import type { ExposedMetrics } from '../adapters/telemetry/metrics.ts';
import type { Config } from '../config.ts';
import type { VerifyingAccessTokens } from '../kernel/crypto/access-tokens.ts';
import type { InstallationKeys } from '../kernel/crypto/installation-keys.ts';
import type { RotatingSealer } from '../kernel/crypto/sealer.ts';
import type { EventStreams } from '../kernel/event-streams.ts';
import type { EventLog } from '../kernel/log.ts';
import type { Pipeline } from '../kernel/pipeline/pipeline.ts';
import type { Clock, Gates, Ports } from '../kernel/ports.ts';
import type { Registry } from '../kernel/registry.ts';
import type { Telemetry } from '../kernel/telemetry.ts';

/** Where the stores are. With passwords: never to be logged. */
export interface StoreUrls {
  readonly eventStoreUrl: string;
  /** For the role that serves requests. */
  readonly databaseUrl: string;
  /** For the role that owns the tables. */
  readonly databaseOwnerUrl: string;
  readonly redisUrl: string;
}

/** Everything a process is made of, by name. */
export interface Parts {
  readonly config: Config;
  readonly stores: StoreUrls;
  readonly clock: Clock;
  readonly metrics: ExposedMetrics;
  readonly telemetry: Telemetry;
  readonly registry: Registry;
  readonly log: EventLog;
  /** Owns the tables: migrations, projector, effects. */
  readonly owner: Database;
  /** Serves requests, under row-level security. */
  readonly reader: Database;
  readonly sealer: RotatingSealer;
  readonly keys: InstallationKeys;
  readonly tokens: VerifyingAccessTokens;
  readonly liveView: LiveView;
  readonly streams: EventStreams & { stop(): Promise<void> };
  /** The way to the outside world. */
  readonly outgoing: Outgoing;
  readonly ports: Ports;
  readonly gates: Gates & { close(): Promise<void> };
  readonly readModels: ConnectedReadModels;
  readonly pipeline: Pipeline;
}

/** Identifies a part to the container. */
export function part<Name extends keyof Parts>(name: Name): ServiceIdentifier<Parts[Name]> {
  return Symbol.for(`keyledger.${name}`);
}
