import type { AppendReq, AppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerReadableStream, sendUnaryData } from '@grpc/grpc-js';
import { shared, streams } from '../proto.ts';
import { type Expected, maxAppendBytes, type Outcome, type Proposed } from '../storage/types.ts';
import { Holding } from './budget.ts';
import type { Deps } from './deps.ts';
import { errors, toRpcError } from './errors.ts';
import { eventOverheadBytes, expectedOf, proposalOf, proposedBytes, streamNameOf } from './proposals.ts';
import { revisionText } from './responses.ts';

const { AppendResp: Response } = streams;

/** `Streams.Append`: one atomic write, its events streamed in. */
export async function handleAppend(
  deps: Deps,
  call: ServerReadableStream<AppendReq, AppendResp>,
  answer: sendUnaryData<AppendResp>,
): Promise<void> {
  const held = new Holding(deps.incoming);
  try {
    const caller = deps.access.identify(call.metadata);
    const { events, options } = await collect(call, held);
    const stream = streamNameOf(options.getStreamIdentifier());
    deps.access.require(caller, stream, '$w');
    const expected = expectedOf(options, options.hasRevision() ? options.getRevision() : undefined);
    const isExpired = (): boolean => call.cancelled;
    const outcome = await deps.store.write({ stream, expected, events, kind: 'append', isExpired });
    if (outcome.kind === 'tombstoned') throw errors.streamDeleted(stream);
    if (outcome.kind === 'expired') throw errors.expired();
    answer(null, outcome.kind === 'written' ? success(outcome) : wrongRevision(expected, outcome.current));
  } catch (error) {
    answer(toRpcError(error));
  } finally {
    held.release();
  }
}

/** Takes in the whole request; a too large one is refused as soon as it is, so that memory does not grow. */
async function collect(
  call: ServerReadableStream<AppendReq, AppendResp>,
  held: Holding,
): Promise<{ readonly options: AppendReq.Options; readonly events: readonly Proposed[] }> {
  let options: AppendReq.Options | undefined;
  const events: Proposed[] = [];
  let bytes = 0;
  for await (const request of call as AsyncIterable<AppendReq>) {
    options ??= request.getOptions();
    const message = request.getProposedMessage();
    if (message === undefined) continue;
    const size = proposedBytes(message);
    bytes += size;
    if (bytes > maxAppendBytes) throw errors.tooLarge();
    if (!held.add(size + eventOverheadBytes)) throw errors.overloaded('too many appends are coming in at once');
    events.push(proposalOf(message));
  }
  if (options === undefined) throw errors.badRequest('the request has no options');
  return { options, events };
}

function success(outcome: Outcome & { readonly kind: 'written' }): AppendResp {
  const written = new Response.Success();
  if (outcome.revision < 0) written.setNoStream(new shared.Empty());
  else written.setCurrentRevision(String(outcome.revision));
  if (outcome.position === undefined) written.setNoPosition(new shared.Empty());
  else {
    const at = String(outcome.position);
    written.setPosition(new Response.Position().setCommitPosition(at).setPreparePosition(at));
  }
  return new Response().setSuccess(written);
}

function wrongRevision(expected: Expected, current: number | undefined): AppendResp {
  const wrong = new Response.WrongExpectedVersion();
  if (current === undefined) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(revisionText(current));
  if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedRevision(String(expected));
  return new Response().setWrongExpectedVersion(wrong);
}
