import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type * as pb from '@eventstore/db-client/generated/streams_pb.js';
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { featuresGrpc, gossipGrpc, operations, operationsGrpc, streamsGrpc } from './proto.ts';
import { clusterOfOne, supportedMethods } from './service/about.ts';
import { Access } from './service/access.ts';
import { handleAppend } from './service/append.ts';
import { handleBatchAppend } from './service/batch-append.ts';
import { handleDelete, handleTombstone } from './service/delete.ts';
import { toRpcError } from './service/errors.ts';
import { handleRead, type ReadDeps } from './service/read.ts';
import { EventStore } from './storage/event-store.ts';
import { scavenge } from './storage/scavenge.ts';

/** How a node is run. */
export interface NodeOptions {
  readonly dir: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** PEM files; both or neither. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** JSON file of users; without it everybody may do everything. */
  readonly usersFile?: string;
  readonly log?: (message: string, facts?: Readonly<Record<string, unknown>>) => void;
}

export interface RunningNode {
  readonly port: number;
  /** What a client connects to. */
  readonly url: string;
  readonly store: EventStore;
  /** Answers what is in flight, ends every call, closes the files. */
  stop(): Promise<void>;
}

/** Largest message taken in, in bytes: the client cuts batches at 3 MiB; an append may have one. */
const maxMessageBytes = 4 * 1_048_576;

/** Opens the directory and serves it. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const store = EventStore.open(options.dir);
  try {
    const deps: ReadDeps = { store, access: new Access(store.streams, options.usersFile), now: Date.now };
    const server = new Server({
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_concurrent_streams': 1_000,
      'grpc.keepalive_time_ms': 10_000,
    });
    const bound = { port: 0 };
    addServices(server, deps, options, bound);
    bound.port = await bind(server, options);
    const url = `esdb://${options.host}:${bound.port}?tls=${options.tls !== undefined}`;
    return { port: bound.port, url, store, stop: () => stop(server, store) };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function addServices(server: Server, deps: ReadDeps, options: NodeOptions, bound: { readonly port: number }): void {
  const instance = randomUUID();
  const { read } = streamsGrpc.StreamsService;
  // Reads write bytes that are encoded already.
  const service = { ...streamsGrpc.StreamsService, read: { ...read, responseSerialize: (bytes: Buffer) => bytes } };
  const streamHandlers: UntypedServiceImplementation = {
    read: (call: ServerWritableStream<pb.ReadReq, Buffer>) => void handleRead(deps, call),
    append: (call: ServerReadableStream<pb.AppendReq, pb.AppendResp>, answer: sendUnaryData<pb.AppendResp>) =>
      void handleAppend(deps, call, answer),
    batchAppend: (call: ServerDuplexStream<pb.BatchAppendReq, pb.BatchAppendResp>) => handleBatchAppend(deps, call),
    delete: (call: ServerUnaryCall<pb.DeleteReq, pb.DeleteResp>, answer: sendUnaryData<pb.DeleteResp>) =>
      void handleDelete(deps, call, answer),
    tombstone: (call: ServerUnaryCall<pb.TombstoneReq, pb.TombstoneResp>, answer: sendUnaryData<pb.TombstoneResp>) =>
      void handleTombstone(deps, call, answer),
  };
  server.addService(service as never, streamHandlers);
  server.addService(featuresGrpc.ServerFeaturesService as never, {
    getSupportedMethods: (_call: unknown, answer: sendUnaryData<unknown>) => answer(null, supportedMethods()),
  });
  server.addService(gossipGrpc.GossipService as never, {
    read: (_call: unknown, answer: sendUnaryData<unknown>) =>
      answer(null, clusterOfOne(instance, options.host, bound.port)),
  });
  const { startScavenge } = operationsGrpc.OperationsService;
  server.addService({ startScavenge } as never, {
    startScavenge: (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) =>
      void handleScavenge(deps, call, answer, options),
  });
}

/** `Operations.StartScavenge`: answers when it is done. */
async function handleScavenge(
  deps: ReadDeps,
  call: ServerUnaryCall<unknown, unknown>,
  answer: sendUnaryData<unknown>,
  options: NodeOptions,
): Promise<void> {
  try {
    deps.access.requireAdministrator(deps.access.identify(call.metadata));
    const result = await scavenge(deps.store, deps.now(), () => call.cancelled);
    options.log?.('scavenged', { ...result });
    const response = new operations.ScavengeResp().setScavengeId(randomUUID());
    answer(null, response.setScavengeResult(operations.ScavengeResp.ScavengeResult.STOPPED));
  } catch (error) {
    answer(toRpcError(error));
  }
}

function bind(server: Server, { host, port, tls }: NodeOptions): Promise<number> {
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [
          { cert_chain: readFileSync(tls.certFile), private_key: readFileSync(tls.keyFile) },
        ]);
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
}

/** Milliseconds calls in flight have to take their answers. */
const graceMs = 500;

async function stop(server: Server, store: EventStore): Promise<void> {
  // Waiting writes are answered before the transport goes away, so that clients know.
  store.stopWriting();
  await new Promise<void>((resolve) => {
    const force = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, graceMs);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
  await store.close();
}
