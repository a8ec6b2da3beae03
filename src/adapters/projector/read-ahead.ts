import type { EventLog, LogPage } from '../../kernel/log.ts';

type Range = Parameters<EventLog['readAll']>[0];

/** Reads pages of the log, and the next one already while the caller works on the last, as long as there is more. */
export class ReadAhead implements Pick<EventLog, 'readAll'> {
  readonly #log: Pick<EventLog, 'readAll'>;
  #next: { readonly range: Range; readonly page: Promise<LogPage> } | undefined;

  constructor(log: Pick<EventLog, 'readAll'>) {
    this.#log = log;
  }

  /** @throws {LogUnavailable} */
  async readAll(range: Range): Promise<LogPage> {
    const ahead = this.#next;
    this.#next = undefined;
    const isIt = ahead !== undefined && same(ahead.range, range);
    const page = await (isIt ? ahead.page : this.#log.readAll(range));
    if (!page.caughtUp) this.#begin({ ...range, after: page.next });
    return page;
  }

  #begin(range: Range): void {
    const page = this.#log.readAll(range);
    // Whoever asks for it is told; perhaps nobody does.
    page.catch(() => undefined);
    this.#next = { range, page };
  }
}

function same(one: Range, other: Range): boolean {
  const [prefixes, others] = [one.typePrefixes, other.typePrefixes];
  return (
    one.after === other.after &&
    one.max === other.max &&
    prefixes?.length === others?.length &&
    (prefixes ?? []).every((prefix, place) => prefix === others?.[place])
  );
}
