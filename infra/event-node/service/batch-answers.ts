import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import { empty, shared, streams } from '../proto.ts';
import { type Expected, type Outcome, tombstoneRevision, WriteFailed } from '../storage/types.ts';
import { encodeBatchWritten } from '../wire.ts';
import type { Batch } from './batch.ts';
import { batchErrors, batchStatus, type StatusMessage, toRpcError } from './errors.ts';

const { BatchAppendResp: Response } = streams;

/** Whatever was thrown, as the answer to one append of the batch. */
export function failure(error: unknown): StatusMessage {
  if (error instanceof WriteFailed) return batchErrors.unknown(error.message);
  const rpc = toRpcError(error);
  if (rpc.code === status.PERMISSION_DENIED) return batchErrors.accessDenied();
  const message = String(rpc.message);
  return rpc.code === status.INVALID_ARGUMENT ? batchErrors.badRequest(message) : batchErrors.unknown(message);
}

export type WrittenOutcome = Outcome & { readonly kind: 'written' };

/** The answer to one append of a call; the one nearly all get is encoded at once. */
export function answerOf(
  { correlation, options }: Batch,
  result: StatusMessage | WrittenOutcome,
): BatchAppendResp | Buffer {
  const identifier = options.getStreamIdentifier();
  const text = correlation.getString();
  if ('kind' in result && identifier !== undefined && text !== '' && result.position !== undefined) {
    const { position, revision } = result;
    const isPlain = revision >= 0 && revision < tombstoneRevision && /^[\x20-\x7e]*$/.test(text);
    if (isPlain)
      return encodeBatchWritten({ correlation: text, stream: identifier.getStreamName_asU8(), revision, position });
  }
  const response = new Response().setCorrelationId(correlation);
  if (identifier !== undefined) response.setStreamIdentifier(identifier);
  return 'kind' in result ? response.setSuccess(success(result)) : response.setError(result);
}

function success(outcome: WrittenOutcome): BatchAppendResp.Success {
  const written = new Response.Success();
  if (outcome.revision < 0) written.setNoStream(new empty.Empty());
  else written.setCurrentRevision(String(outcome.revision));
  if (outcome.position === undefined) return written.setNoPosition(new empty.Empty());
  const at = String(outcome.position);
  return written.setPosition(new shared.AllStreamPosition().setCommitPosition(at).setPreparePosition(at));
}

export function wrongRevision(expected: Expected, current: number | undefined): StatusMessage {
  const wrong = new shared.WrongExpectedVersion();
  if (current === undefined) wrong.setCurrentNoStream(new empty.Empty());
  else wrong.setCurrentStreamRevision(String(current));
  if (expected === 'any') wrong.setExpectedAny(new empty.Empty());
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new empty.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new empty.Empty());
  else wrong.setExpectedStreamPosition(String(expected));
  return batchStatus(status.FAILED_PRECONDITION, 'Wrong expected version', 'WrongExpectedVersion', wrong);
}
