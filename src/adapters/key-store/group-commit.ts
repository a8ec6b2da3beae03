import { StoreUnavailable } from '../../kernel/unavailable.ts';

export interface GroupCommitOptions<T> {
  /** Writes all items in one commit, or none. */
  readonly commit: (items: readonly T[]) => Promise<void>;
  /** Whether items written one by one may fare better than the batch that failed with this error. */
  readonly oneByOne: (error: unknown) => boolean;
  /** Items in one commit at most. */
  readonly maxBatch: number;
  /** Items waiting at most; beyond, `write` is refused. */
  readonly maxWaiting: number;
}

interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes items one commit after another; those that come while one is under way share the next.
 *
 * @returns resolves once the item is durable. @throws {StoreUnavailable} too many wait already
 */
export function groupCommit<T>(options: GroupCommitOptions<T>): (item: T) => Promise<void> {
  const waiting: Waiting<T>[] = [];
  let writing = false;

  async function drain(): Promise<void> {
    writing = true;
    while (waiting.length > 0) await settle(options, waiting.splice(0, options.maxBatch));
    writing = false;
  }

  return (item) =>
    new Promise<void>((resolve, reject) => {
      if (waiting.length >= options.maxWaiting) {
        reject(new StoreUnavailable('too many writes wait for the database'));
        return;
      }
      waiting.push({ item, resolve, reject });
      if (!writing) void drain();
    });
}

async function settle<T>(options: GroupCommitOptions<T>, batch: readonly Waiting<T>[]): Promise<void> {
  try {
    await options.commit(batch.map(({ item }) => item));
    for (const { resolve } of batch) resolve();
  } catch (error) {
    if (batch.length === 1 || !options.oneByOne(error)) {
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const one of batch) await settle(options, [one]);
  }
}
