import { createHmac, randomBytes } from 'node:crypto';
import { createFileArchive } from '../../src/adapters/archive/file-archive.ts';
import { connectEventLog } from '../../src/adapters/event-log/event-log.ts';
import { streamName } from '../../src/kernel/codec.ts';
import type { EventLog } from '../../src/kernel/log.ts';
import type { PipelineOptions } from '../../src/kernel/pipeline/deps.ts';
import { createPipeline, type Pipeline } from '../../src/kernel/pipeline/pipeline.ts';
import type { Gates, Ports, RequestInfo } from '../../src/kernel/ports.ts';
import type { Principal } from '../../src/kernel/principal.ts';
import { Request } from '../../src/kernel/request.ts';
import { sharedStores } from './stores.ts';

/** What a request carries in a test, unless it says otherwise. */
export function requestInfo(other: Partial<RequestInfo> = {}): RequestInfo {
  return {
    requestId: randomBytes(8).toString('hex'),
    idempotencyKey: undefined,
    sourceAddress: '127.0.0.1',
    userAgent: 'test',
    traceparent: undefined,
    waitFor: undefined,
    causationId: undefined,
    correlationId: undefined,
    ...other,
  };
}

/** A clock that stands still until it is told. */
export function stillClock(start = '2026-01-01T00:00:00.000Z'): { now(): number; advance(ms: number): void } {
  let time = Date.parse(start);
  return {
    now: () => time,
    advance: (ms) => {
      time += ms;
    },
  };
}

/** Gates that let everything through; tokens are written out: `tenant/user/permission,permission`. */
export const openGates: Gates = {
  authenticate: async ({ value }) => principalOf(value),
  entitlement: () => ({ allowed: true }),
  rate: async () => ({ allowed: true, limit: 100, remaining: 99, resetSeconds: 60 }),
  reserve: async () => ({ allowed: true, limit: undefined, used: 0, resetSeconds: 60 }),
  commit: async () => undefined,
  release: async () => undefined,
};

function principalOf(token: string): Principal | undefined {
  const [tenant, user, permissions] = token.split('/');
  if (tenant === undefined || user === undefined || permissions === undefined) return undefined;
  return { tenant, actor: { type: 'user', id: user }, permissions: permissions.split(','), credentialId: undefined };
}

/** Ports of which only a keyed MAC, the clock and the log are there. */
export function testPorts(log: EventLog, clock: { now(): number }): Ports {
  const macKey = randomBytes(32);
  return {
    clock,
    sealer: {
      mac: async (tenant: string, purpose: string, message: Uint8Array) =>
        createHmac('sha256', macKey).update(`${tenant}/${purpose}/`).update(message).digest(),
    },
    readEvent: async (aggregate: string, tenant: string, id: string, revision: number) => {
      for await (const event of log.readStream(streamName(aggregate, tenant, id), { from: revision, max: 1 })) {
        return event;
      }
      return undefined;
    },
    readStream: (aggregate: string, tenant: string, id: string, from = 0) =>
      log.readStream(streamName(aggregate, tenant, id), { from }),
    truncateRequests: (tenant: string, day: string, before: number) =>
      log.truncate(streamName(Request.name, tenant, day), before),
    personal: {
      seal: async (_tenant: string, _person: unknown, text: string) => text,
      open: async (_tenant: string, text: string) => text,
    },
    archive: createFileArchive(sharedStores().scratch('archive')),
  } as unknown as Ports;
}

/** A pipeline over a real event log, with gates that are open unless `other` closes one. */
export function testPipeline(
  url: string,
  other: Partial<PipelineOptions> = {},
): { readonly pipeline: Pipeline; readonly log: EventLog; close(): Promise<void> } {
  const log = other.log ?? connectEventLog(url);
  const clock = other.clock ?? stillClock();
  const pipeline = createPipeline({
    log,
    clock,
    ports: testPorts(log, clock),
    gates: openGates,
    readModels: { run: async () => [], waitFor: async () => true },
    cursors: { encode: () => '', decode: () => undefined, encodeInteger: () => 0, decodeInteger: () => undefined },
    ...other,
  });
  return {
    pipeline,
    log,
    close: async () => {
      await pipeline.close();
      await log.close();
    },
  };
}
