import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { WriteFailed } from '../storage/types.ts';
import type { Caller } from './access.ts';
import { Batch } from './batch.ts';
import { answerOf, failure, type WrittenOutcome, wrongRevision } from './batch-answers.ts';
import type { Deps } from './deps.ts';
import { batchErrors, errors, type StatusMessage, toRpcError } from './errors.ts';
import { expectedOf, streamNameOf } from './proposals.ts';

type Call = ServerDuplexStream<BatchAppendReq, BatchAppendResp | Buffer>;

/** Appends of one call that may be incomplete at once. */
const maxOpenBatches = 1_000;

/** `Streams.BatchAppend`: many atomic writes over one call, each answered by its correlation id. */
export function handleBatchAppend(deps: Deps, call: Call): void {
  try {
    new BatchCall(deps, call, deps.access.identify(call.metadata)).serve();
  } catch (error) {
    call.emit('error', toRpcError(error));
  }
}

class BatchCall {
  readonly #deps: Deps;
  readonly #call: Call;
  readonly #caller: Caller;
  readonly #open = new Map<string, Batch>();
  #writing = 0;
  #ended = false;

  constructor(deps: Deps, call: Call, caller: Caller) {
    this.#deps = deps;
    this.#call = call;
    this.#caller = caller;
  }

  serve(): void {
    const call = this.#call;
    const leave = this.#deps.calls.enter(() => this.#fail(errors.stopping()));
    const over = (): void => {
      leave();
      for (const batch of this.#open.values()) batch.release();
      this.#open.clear();
    };
    call.on('data', (request: BatchAppendReq) => this.#receive(request));
    call.on('end', () => {
      this.#ended = true;
      this.#endWhenDone();
    });
    call.on('cancelled', over);
    call.on('close', over);
    call.on('error', over);
  }

  #receive(request: BatchAppendReq): void {
    const correlation = request.getCorrelationId();
    if (correlation === undefined || this.#isOver()) return;
    const key = keyOf(correlation);
    const batch = this.#open.get(key) ?? this.#openBatch(key, correlation, request.getOptions());
    batch?.take(request.getProposedMessagesList());
    if (batch === undefined || !request.getIsFinal()) return;
    this.#open.delete(key);
    void this.#finish(batch);
  }

  #openBatch(key: string, correlation: UUID, options: BatchAppendReq.Options | undefined): Batch | undefined {
    if (this.#open.size >= maxOpenBatches) {
      this.#fail(errors.overloaded(`more than ${maxOpenBatches} appends of one call are incomplete`));
      return undefined;
    }
    const batch = new Batch(correlation, options, this.#deps.incoming);
    this.#open.set(key, batch);
    return batch;
  }

  async #finish(batch: Batch): Promise<void> {
    this.#writing++;
    try {
      this.#answer(batch, await this.#write(batch));
    } catch (error) {
      // The node is stopping: the call ends, and with it all that waits for an answer.
      this.#fail(toRpcError(error));
    } finally {
      batch.release();
      this.#writing--;
      this.#endWhenDone();
    }
  }

  async #write({ events, options, refused }: Batch): Promise<StatusMessage | WrittenOutcome> {
    if (refused !== undefined) return refused;
    try {
      const stream = streamNameOf(options.getStreamIdentifier());
      this.#deps.access.require(this.#caller, stream, '$w');
      const expected = expectedOf(options, options.hasStreamPosition() ? options.getStreamPosition() : undefined);
      const isExpired = this.#expiry(options);
      const outcome = await this.#deps.store.write({ stream, expected, events, kind: 'append', isExpired });
      if (outcome.kind === 'written') return outcome;
      if (outcome.kind === 'tombstoned') return batchErrors.streamDeleted(stream);
      return outcome.kind === 'expired' ? batchErrors.timeout() : wrongRevision(expected, outcome.current);
    } catch (error) {
      if (error instanceof WriteFailed && error.reason === 'stopping') throw error;
      return failure(error);
    }
  }

  #expiry(options: BatchAppendReq.Options): () => boolean {
    const deadline = options.getDeadline();
    if (deadline === undefined) return () => this.#call.cancelled;
    const at = deadline.getSeconds() * 1_000 + deadline.getNanos() / 1_000_000;
    return () => this.#call.cancelled || this.#deps.now() > at;
  }

  #answer(batch: Batch, result: StatusMessage | WrittenOutcome): void {
    if (this.#isOver()) return;
    if (this.#call.write(answerOf(batch, result)) || this.#call.isPaused()) return;
    // A client that does not read its answers gets no further.
    this.#call.pause();
    this.#call.once('drain', () => this.#call.resume());
  }

  #fail(error: ReturnType<typeof errors.stopping>): void {
    if (!this.#isOver()) this.#call.emit('error', error);
  }

  #endWhenDone(): void {
    if (this.#ended && this.#writing === 0 && !this.#isOver()) this.#call.end();
  }

  #isOver(): boolean {
    return this.#call.cancelled || this.#call.destroyed || this.#call.writableEnded;
  }
}

function keyOf(id: UUID): string {
  return Buffer.from(id.serializeBinary()).toString('latin1');
}
