import { randomUUID } from 'node:crypto';
import type { DeleteReq, DeleteResp, TombstoneReq, TombstoneResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { streams } from '../proto.ts';
import type { Proposed, WriteRequest } from '../storage/types.ts';
import type { Deps } from './deps.ts';
import { errors, toRpcError } from './errors.ts';
import { expectedOf, expectedText, streamNameOf } from './proposals.ts';

type Options = DeleteReq.Options | TombstoneReq.Options;

/** `Streams.Delete`: a mark in the metadata; the stream comes back with the next write. */
export async function handleDelete(
  deps: Deps,
  call: ServerUnaryCall<DeleteReq, DeleteResp>,
  answer: sendUnaryData<DeleteResp>,
): Promise<void> {
  try {
    const at = await remove(deps, call, call.request.getOptions(), 'delete');
    const position = new streams.DeleteResp.Position().setCommitPosition(at).setPreparePosition(at);
    answer(null, new streams.DeleteResp().setPosition(position));
  } catch (error) {
    answer(toRpcError(error));
  }
}

/** `Streams.Tombstone`: the stream can never be written or read again. */
export async function handleTombstone(
  deps: Deps,
  call: ServerUnaryCall<TombstoneReq, TombstoneResp>,
  answer: sendUnaryData<TombstoneResp>,
): Promise<void> {
  try {
    const at = await remove(deps, call, call.request.getOptions(), 'tombstone');
    const position = new streams.TombstoneResp.Position().setCommitPosition(at).setPreparePosition(at);
    answer(null, new streams.TombstoneResp().setPosition(position));
  } catch (error) {
    answer(toRpcError(error));
  }
}

async function remove(
  deps: Deps,
  call: ServerUnaryCall<DeleteReq | TombstoneReq, unknown>,
  options: Options | undefined,
  kind: 'delete' | 'tombstone',
): Promise<string> {
  if (options === undefined) throw errors.badRequest('the request has no options');
  const stream = streamNameOf(options.getStreamIdentifier());
  deps.access.require(deps.access.identify(call.metadata), stream, '$d');
  const expected = expectedOf(options, options.hasRevision() ? options.getRevision() : undefined);
  const events = kind === 'tombstone' ? [tombstone()] : [];
  const request: WriteRequest = { stream, expected, events, kind, isExpired: () => call.cancelled };
  const outcome = await deps.store.write(request);
  if (outcome.kind === 'tombstoned') throw errors.streamDeleted(stream);
  if (outcome.kind === 'expired') throw errors.expired();
  if (outcome.kind === 'wrong-revision') throw errors.wrongRevision(stream, expectedText(expected), outcome.current);
  return String(outcome.position ?? 0);
}

function tombstone(): Proposed {
  const nothing = new Uint8Array();
  return {
    id: randomUUID(),
    type: '$streamDeleted',
    contentType: 'application/json',
    data: nothing,
    metadata: nothing,
  };
}
