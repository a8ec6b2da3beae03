import { randomUUID } from 'node:crypto';
import type * as pb from '@eventstore/db-client/generated/streams_pb.js';
import type {
  Server,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  sendUnaryData,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { featuresGrpc, gossipGrpc, operations, operationsGrpc, streamsGrpc } from '../proto.ts';
import { scavenge } from '../storage/scavenge.ts';
import { clusterOfOne, supportedMethods } from './about.ts';
import { handleAppend } from './append.ts';
import { handleBatchAppend } from './batch-append.ts';
import { handleDelete, handleTombstone } from './delete.ts';
import type { Deps } from './deps.ts';
import { toRpcError } from './errors.ts';
import { handleRead } from './read.ts';

type Log = (message: string, facts?: Readonly<Record<string, unknown>>) => void;

/** Makes the server answer every call the node serves, and none besides. */
export function addServices(server: Server, deps: Deps, log: Log): void {
  addStreams(server, deps);
  const instance = randomUUID();
  server.addService(featuresGrpc.ServerFeaturesService as never, {
    getSupportedMethods: (_call: unknown, answer: sendUnaryData<unknown>) => answer(null, supportedMethods()),
  });
  server.addService(gossipGrpc.GossipService as never, {
    read: (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) =>
      answer(null, clusterOfOne(instance, call.getHost())),
  });
  const { startScavenge } = operationsGrpc.OperationsService;
  server.addService({ startScavenge } as never, {
    startScavenge: (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) =>
      void handleScavenge(deps, call, answer, log),
  });
}

function addStreams(server: Server, deps: Deps): void {
  const { batchAppend, read } = streamsGrpc.StreamsService;
  // Reads write bytes that are encoded already, and batch appends mostly.
  const service = {
    ...streamsGrpc.StreamsService,
    read: { ...read, responseSerialize: (bytes: Buffer) => bytes },
    batchAppend: {
      ...batchAppend,
      responseSerialize: (answer: pb.BatchAppendResp | Buffer) =>
        Buffer.isBuffer(answer) ? answer : batchAppend.responseSerialize(answer),
    },
  };
  const handlers: UntypedServiceImplementation = {
    read: (call: ServerWritableStream<pb.ReadReq, Buffer>) => void handleRead(deps, call),
    append: (call: ServerReadableStream<pb.AppendReq, pb.AppendResp>, answer: sendUnaryData<pb.AppendResp>) =>
      void handleAppend(deps, call, answer),
    batchAppend: (call: ServerDuplexStream<pb.BatchAppendReq, pb.BatchAppendResp | Buffer>) =>
      handleBatchAppend(deps, call),
    delete: (call: ServerUnaryCall<pb.DeleteReq, pb.DeleteResp>, answer: sendUnaryData<pb.DeleteResp>) =>
      void handleDelete(deps, call, answer),
    tombstone: (call: ServerUnaryCall<pb.TombstoneReq, pb.TombstoneResp>, answer: sendUnaryData<pb.TombstoneResp>) =>
      void handleTombstone(deps, call, answer),
  };
  server.addService(service as never, handlers);
}

/** `Operations.StartScavenge`: answers when it is done. */
async function handleScavenge(
  deps: Deps,
  call: ServerUnaryCall<unknown, unknown>,
  answer: sendUnaryData<unknown>,
  log: Log,
): Promise<void> {
  let leave = (): void => undefined;
  try {
    deps.access.requireOperator(deps.access.identify(call.metadata));
    let stopping = false;
    leave = deps.calls.enter(() => {
      stopping = true;
    });
    const result = await scavenge(deps.store, deps.now(), () => stopping || call.cancelled);
    log('scavenged', { ...result });
    const response = new operations.ScavengeResp().setScavengeId(randomUUID());
    answer(null, response.setScavengeResult(operations.ScavengeResp.ScavengeResult.STOPPED));
  } catch (error) {
    answer(toRpcError(error));
  } finally {
    leave();
  }
}
