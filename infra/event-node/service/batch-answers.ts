import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import { empty, shared, streams } from '../proto.ts';
import { type Expected, type Outcome, WriteFailed } from '../storage/types.ts';
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

/** The answer to an append that is written. */
export function success(outcome: Outcome & { readonly kind: 'written' }): BatchAppendResp.Success {
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
