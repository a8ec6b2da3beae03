import { type Backlog, type Change, settle } from './backlog.ts';
import type { Commits } from './commits.ts';
import { writeTail } from './heads.ts';
import type { Log } from './log.ts';
import { Plan } from './plan.ts';
import { RecentIds } from './recent-ids.ts';
import { encodeRecord } from './record.ts';
import type { StreamDirectory } from './streams.ts';
import type { Tables } from './tables.ts';
import { type Outcome, WriteFailed, type WriteRequest } from './types.ts';

interface Pending {
  readonly request: WriteRequest;
  readonly bytes: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

/** Bytes of requests that may wait for their commit; more are refused, so that a flood does not grow memory. */
const maxQueuedBytes = 64 * 1_048_576;
/** Of pages of the tables that one event may change. */
const pagesBytes = 8_192;
/** Events that may be ahead of the tables that lead to them: what a start has to read again after a kill. */
const maxBacklog = 256;
/** Bytes of one commit at most; keeps the event loop free. */
const maxCommitBytes = 8 * 1_048_576;

/**
 * Group commit: one queue, one commit in flight. All that waits is validated in memory (later requests of a batch see the pending
 * revisions of earlier ones), committed and synced in one transaction, then published, then acknowledged.
 */
export class CommitQueue {
  readonly #tables: Tables;
  readonly #streams: StreamDirectory;
  readonly #log: Log;
  readonly #backlog: Backlog;
  readonly #recent: RecentIds;
  readonly #now: () => number;
  readonly #published: (position: number) => void;
  readonly #refused: (reason: string) => void;
  readonly #commits: Commits;
  #refusedAt = 0;
  #queue: Pending[] = [];
  #queuedBytes = 0;
  #scheduled = false;
  #stopped = false;
  #tail: number;
  commits = 0;
  written = 0;

  constructor(options: {
    readonly tables: Tables;
    readonly commits: Commits;
    readonly streams: StreamDirectory;
    readonly log: Log;
    readonly backlog: Backlog;
    /** Ids of events kept in memory, by which repeated writes are known. */
    readonly recentIds: number;
    /** Where the next event goes. */
    readonly tail: number;
    readonly now: () => number;
    readonly published: (position: number) => void;
    /** Called where the disk, or the loss of the directory, refuses writes; once a second at most. */
    readonly refused: (reason: string) => void;
  }) {
    this.#tables = options.tables;
    this.#streams = options.streams;
    this.#log = options.log;
    this.#backlog = options.backlog;
    this.#recent = RecentIds.of(options.tables, options.recentIds);
    this.#tail = options.tail;
    this.#now = options.now;
    this.#published = options.published;
    this.#refused = options.refused;
    this.#commits = options.commits;
  }

  /** Resolves once the commit that holds the write is synced. */
  write(request: WriteRequest): Promise<Outcome> {
    if (this.#stopped) return Promise.reject(new WriteFailed('stopping', 'the node is stopping'));
    const bytes = request.events.reduce((sum, event) => sum + event.data.length + event.metadata.length + 256, 64);
    if (this.#queuedBytes + bytes > maxQueuedBytes) {
      return Promise.reject(new WriteFailed('overloaded', 'too many writes wait for their commit'));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, bytes, resolve, reject });
      this.#queuedBytes += bytes;
      this.#schedule();
    });
  }

  /** Commits nothing more; what still waits is answered as not written. */
  stop(): void {
    this.#stopped = true;
    const waiting = this.#queue;
    this.#queue = [];
    for (const { reject } of waiting) reject(new WriteFailed('stopping', 'the node is stopping'));
  }

  /**
   * Brings index, heads and names up to the end of the log.
   *
   * @throws {WriteFailed}
   */
  settle(): void {
    const { drafts, last } = this.#backlog;
    if (drafts.length === 0) return;
    let written = (): void => undefined;
    this.#commits.run(() => {
      written = this.#log.write([], true);
      this.#settle(last);
    }, drafts.length * pagesBytes);
    written();
    this.#backlog.clear(last);
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#commit(this.#take());
      this.#schedule();
    });
  }

  #take(): Pending[] {
    let bytes = 0;
    let count = 0;
    for (const pending of this.#queue) {
      bytes += pending.bytes;
      count++;
      if (bytes >= maxCommitBytes) break;
    }
    const batch = this.#queue.splice(0, count);
    this.#queuedBytes -= bytes;
    return batch;
  }

  #commit(batch: readonly Pending[]): void {
    const { outcomes, plan } = this.#plan(batch);
    try {
      if (plan.drafts.length > 0) this.#store(plan);
    } catch (error) {
      const failure = error as WriteFailed;
      for (const { reject } of outcomes.keys()) reject(failure);
      this.#tell(failure.message);
      return;
    }
    for (const [{ resolve }, outcome] of outcomes) resolve(outcome);
  }

  /** Decides all of the batch. Where one meets a damaged event, the writes to its stream are refused, and the others decided again without them. */
  #plan(batch: readonly Pending[]): { readonly plan: Plan; readonly outcomes: ReadonlyMap<Pending, Outcome> } {
    const plan = new Plan({ streams: this.#streams, recent: this.#recent, tail: this.#tail, nowMs: this.#now() });
    const outcomes = new Map<Pending, Outcome>();
    for (const pending of batch) {
      try {
        outcomes.set(pending, pending.request.isExpired() ? { kind: 'expired' } : plan.add(pending.request));
      } catch (error) {
        const isHit = ({ request }: Pending): boolean => request.stream === pending.request.stream;
        for (const { reject } of batch.filter(isHit)) reject(error as Error);
        return this.#plan(batch.filter((other) => !isHit(other)));
      }
    }
    return { plan, outcomes };
  }

  #store(plan: Plan): void {
    const position = plan.drafts.at(-1)?.position ?? 0;
    const count = plan.drafts.length;
    const isDue = this.#backlog.drafts.length + count >= maxBacklog;
    const entries = plan.drafts.map((draft) => ({ position: draft.position, record: encodeRecord(draft) }));
    let written = (): void => undefined;
    this.#commits.run(
      () => {
        written = this.#log.write(entries, isDue);
        if (isDue) this.#settle(position, plan);
        else this.#writeTail(position, this.#backlog.indexed);
      },
      plan.tail - this.#tail + (count + (isDue ? this.#backlog.drafts.length : 0)) * pagesBytes,
    );
    written();
    if (isDue) this.#backlog.clear(position);
    else this.#backlog.add(plan);
    this.#tail = plan.tail;
    this.commits++;
    this.written += count;
    for (const [name, head] of plan.heads) this.#streams.committed(name, head);
    for (const draft of plan.drafts) this.#recent.add(draft.streamName, draft.id, draft.revision);
    this.#published(position);
  }

  /** Inside a transaction. */
  #settle(position: number, ...changes: readonly Change[]): void {
    for (const change of [this.#backlog, ...changes]) settle(this.#tables, change);
    this.#writeTail(position, position);
  }

  #writeTail(position: number, indexed: number): void {
    writeTail(this.#tables.state, { position, indexed, nextStreamNumber: this.#streams.nextNumber });
  }

  #tell(reason: string): void {
    const now = this.#now();
    if (now - this.#refusedAt < 1_000) return;
    this.#refusedAt = now;
    this.#refused(reason);
  }
}
