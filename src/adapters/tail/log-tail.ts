import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { EventLog, LogPage } from '../../kernel/log.ts';

/** Events read at once. */
const pageSize = 500;
/** Pages kept for readers that are a little behind. */
const keptPages = 64;
/** Milliseconds before the log is asked again after it could not be. */
const restMs = 500;

/** What reads of the log need of it. */
export type ReadableLog = Pick<EventLog, 'readAll' | 'waitBeyond' | 'head'>;

/**
 * Many readers of one log. Each reads from its own position; those that stand at the same place share one read, and all wait on one
 * look at the log's end. Nothing is kept that a reader could miss: what is not here is read again.
 */
export class LogTail {
  readonly #log: ReadableLog;
  readonly #pages = new LRUCache<string, LogPage>({ max: keptPages });
  readonly #reading = new Map<string, Promise<LogPage>>();
  readonly #waiting = new Set<() => void>();
  readonly #stopped = new AbortController();
  #following: Promise<void> | undefined;
  #seen: bigint | undefined;

  constructor(log: ReadableLog) {
    this.#log = log;
  }

  /** The events behind a position. @throws {StoreUnavailable} */
  read(after: bigint | undefined): Promise<LogPage> {
    const key = String(after ?? '');
    const kept = this.#pages.get(key);
    if (kept !== undefined) return Promise.resolve(kept);
    const reading = this.#reading.get(key) ?? this.#read(key, after);
    this.#reading.set(key, reading);
    return reading;
  }

  async #read(key: string, after: bigint | undefined): Promise<LogPage> {
    try {
      const page = await this.#log.readAll({ after, max: pageSize });
      // What a kept page holds never changes; what came after it is read from its end.
      if (page.events.length > 0) this.#pages.set(key, page);
      return page;
    } finally {
      this.#reading.delete(key);
    }
  }

  /** Resolves when something was seen behind the position, after `ms` at the latest, or when the signal aborts. */
  async beyond(position: bigint | undefined, ms: number, signal: AbortSignal): Promise<void> {
    this.#following ??= this.#follow();
    if (signal.aborted || (this.#seen ?? -1n) > (position ?? -1n)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  /** Commit position of the last event. @throws {StoreUnavailable} */
  async head(): Promise<bigint | undefined> {
    return this.#log.head();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const wake of [...this.#waiting]) wake();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        const head = await this.#log.head();
        if ((head ?? -1n) > (this.#seen ?? -1n)) {
          this.#seen = head;
          for (const wake of [...this.#waiting]) wake();
        }
        await this.#log.waitBeyond(this.#seen, signal);
      } catch {
        await sleep(restMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
