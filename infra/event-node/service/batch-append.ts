import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import { empty, shared, streams } from '../proto.ts';
import { type Expected, maxAppendBytes, type Outcome, type Proposed, WriteFailed } from '../storage/types.ts';
import type { Caller } from './access.ts';
import { batchErrors, batchStatus, toRpcError } from './errors.ts';
import { expectedOf, proposalOf, proposedBytes, streamNameOf } from './proposals.ts';
import type { ReadDeps } from './read.ts';

const { BatchAppendResp: Response } = streams;
type Call = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;
type StatusMessage = ReturnType<typeof batchErrors.timeout>;

/** Batches of one call that may be open at once; a client has one for each write in flight. */
const maxOpenBatches = 10_000;

/** A batch that is still coming in, by its correlation id. */
interface Batch {
  readonly correlation: UUID;
  options: BatchAppendReq.Options;
  readonly events: Proposed[];
  bytes: number;
  refused: StatusMessage | undefined;
}

/** `Streams.BatchAppend`: many atomic writes over one call, each answered by its correlation id. */
export function handleBatchAppend(deps: ReadDeps, call: Call): void {
  const open = new Map<string, Batch>();
  let caller: Caller;
  try {
    caller = deps.access.identify(call.metadata);
  } catch (error) {
    call.emit('error', toRpcError(error));
    return;
  }
  call.on('data', (request: BatchAppendReq) => {
    const batch = gather(open, request);
    if (batch === undefined || !request.getIsFinal()) return;
    open.delete(keyOf(batch.correlation));
    void finish(deps, call, caller, batch);
  });
  call.on('end', () => call.end());
  call.on('error', () => open.clear());
}

function keyOf(id: UUID): string {
  return Buffer.from(id.serializeBinary()).toString('latin1');
}

function gather(open: Map<string, Batch>, request: BatchAppendReq): Batch | undefined {
  const correlation = request.getCorrelationId();
  if (correlation === undefined) return undefined;
  const key = keyOf(correlation);
  let batch = open.get(key);
  if (batch === undefined) {
    const options = request.getOptions() ?? new streams.BatchAppendReq.Options();
    batch = { correlation, options, events: [], bytes: 0, refused: undefined };
    if (open.size >= maxOpenBatches) batch.refused = batchErrors.unknown('too many batches are open on this call');
    open.set(key, batch);
  }
  take(batch, request.getProposedMessagesList());
  return batch;
}

/** What is too large is dropped as it comes, and refused when its last part is in. */
function take(batch: Batch, messages: readonly BatchAppendReq.ProposedMessage[]): void {
  for (const message of messages) {
    if (batch.refused !== undefined) return;
    batch.bytes += proposedBytes(message);
    if (batch.bytes > maxAppendBytes) {
      batch.refused = batchErrors.tooLarge();
      batch.events.length = 0;
      return;
    }
    try {
      batch.events.push(proposalOf(message));
    } catch (error) {
      batch.refused = batchErrors.badRequest(String(toRpcError(error).message));
    }
  }
}

async function finish(deps: ReadDeps, call: Call, caller: Caller, batch: Batch): Promise<void> {
  const { options } = batch;
  const response = new Response().setCorrelationId(batch.correlation);
  const identifier = options.getStreamIdentifier();
  if (identifier !== undefined) response.setStreamIdentifier(identifier);
  const result = await write(deps, caller, batch);
  if ('serializeBinary' in result) response.setError(result);
  else response.setSuccess(success(result));
  if (!call.cancelled && !call.destroyed) call.write(response);
}

async function write(
  deps: ReadDeps,
  caller: Caller,
  { events, options, refused }: Batch,
): Promise<StatusMessage | (Outcome & { readonly kind: 'written' })> {
  if (refused !== undefined) return refused;
  try {
    const stream = streamNameOf(options.getStreamIdentifier());
    deps.access.require(caller, stream, '$w');
    const expected = expectedOf(options, options.hasStreamPosition() ? options.getStreamPosition() : undefined);
    const outcome = await deps.store.write({
      stream,
      expected,
      events,
      kind: 'append',
      isExpired: expiry(options, deps.now),
    });
    if (outcome.kind === 'written') return outcome;
    if (outcome.kind === 'tombstoned') return batchErrors.streamDeleted(stream);
    if (outcome.kind === 'expired') return batchErrors.timeout();
    return wrongRevision(expected, outcome.current);
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): StatusMessage {
  if (error instanceof WriteFailed) return batchErrors.unknown(error.message);
  const rpc = toRpcError(error);
  return rpc.code === status.PERMISSION_DENIED
    ? batchErrors.accessDenied()
    : batchErrors.badRequest(String(rpc.message));
}

function expiry(options: BatchAppendReq.Options, now: () => number): () => boolean {
  const deadline = options.getDeadline();
  if (deadline === undefined) return () => false;
  const at = deadline.getSeconds() * 1_000 + deadline.getNanos() / 1_000_000;
  return () => now() > at;
}

function success(outcome: Outcome & { readonly kind: 'written' }): BatchAppendResp.Success {
  const written = new Response.Success();
  if (outcome.revision < 0) written.setNoStream(new empty.Empty());
  else written.setCurrentRevision(String(outcome.revision));
  if (outcome.position === undefined) return written.setNoPosition(new empty.Empty());
  const at = String(outcome.position);
  return written.setPosition(new shared.AllStreamPosition().setCommitPosition(at).setPreparePosition(at));
}

function wrongRevision(expected: Expected, current: number | undefined): StatusMessage {
  const wrong = new shared.WrongExpectedVersion();
  if (current === undefined) wrong.setCurrentNoStream(new empty.Empty());
  else wrong.setCurrentStreamRevision(String(current));
  if (expected === 'any') wrong.setExpectedAny(new empty.Empty());
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new empty.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new empty.Empty());
  else wrong.setExpectedStreamPosition(String(expected));
  return batchStatus(status.FAILED_PRECONDITION, 'Wrong expected version', 'WrongExpectedVersion', wrong);
}
