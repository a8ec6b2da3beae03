import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import type { BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import { streams } from '../proto.ts';
import { maxAppendBytes, type Proposed } from '../storage/types.ts';
import { type Budget, Holding } from './budget.ts';
import { batchErrors, type StatusMessage, toRpcError } from './errors.ts';
import { eventOverheadBytes, proposalOf, proposedBytes } from './proposals.ts';

/** One append of a batch-append call, while its parts come in. */
export class Batch {
  readonly correlation: UUID;
  readonly options: BatchAppendReq.Options;
  readonly events: Proposed[] = [];
  /** What is too large or wrong is dropped as it comes, and refused when its last part is in. */
  refused: StatusMessage | undefined;
  readonly #held: Holding;
  #bytes = 0;

  constructor(correlation: UUID, options: BatchAppendReq.Options | undefined, budget: Budget) {
    this.correlation = correlation;
    this.options = options ?? new streams.BatchAppendReq.Options();
    // A copy, because the decoded name is a view that keeps all of the received bytes in memory.
    const identifier = this.options.getStreamIdentifier();
    identifier?.setStreamName(Buffer.from(identifier.getStreamName_asU8()));
    this.#held = new Holding(budget);
  }

  take(messages: readonly BatchAppendReq.ProposedMessage[]): void {
    for (const message of messages) {
      if (this.refused !== undefined) return;
      this.#add(message);
    }
  }

  /** Gives back the memory it holds. */
  release(): void {
    this.#held.release();
  }

  #add(message: BatchAppendReq.ProposedMessage): void {
    const size = proposedBytes(message);
    this.#bytes += size;
    if (this.#bytes > maxAppendBytes) this.#refuse(batchErrors.tooLarge());
    else if (!this.#held.add(size + eventOverheadBytes)) {
      this.#refuse(batchErrors.unknown('too many appends are coming in at once'));
    } else this.#propose(message);
  }

  #propose(message: BatchAppendReq.ProposedMessage): void {
    try {
      this.events.push(proposalOf(message));
    } catch (error) {
      this.#refuse(batchErrors.badRequest(String(toRpcError(error).message)));
    }
  }

  #refuse(refusal: StatusMessage): void {
    this.refused = refusal;
    this.events.length = 0;
    this.#held.release();
  }
}
