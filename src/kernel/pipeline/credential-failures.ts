import { v4 as uuidv4 } from 'uuid';
import type { AnyAggregate } from '../aggregate.ts';
import { encodeEvent, streamName } from '../codec.ts';
import type { EventLog, NewEvent } from '../log.ts';
import type { PersonalData } from '../personal.ts';
import type { Clock } from '../ports.ts';
import { type Accused, platformTenant } from '../principal.ts';
import { Request } from '../request.ts';

const request = Request as unknown as AnyAggregate;
/** Counters of one minute; what comes beyond is summed under one name, so that nobody outside can grow the log. */
const maxCounters = 1_000;
/** Milliseconds a count waits for more. */
const flushMs = 60_000;

interface Counter {
  readonly source: string;
  readonly accused: Accused | undefined;
  count: number;
}

/**
 * Failures without a valid credential: summed into one fact a source, account and minute. Where an account was tried, the source is sealed
 * under the key of whose account it is: it may well be theirs.
 */
export class CredentialFailures {
  readonly #everyMs: number;
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #personal: Pick<PersonalData, 'seal'>;
  #minute = '';
  #counters = new Map<string, Counter>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: EventLog, clock: Clock, personal: Pick<PersonalData, 'seal'>, everyMs = flushMs) {
    this.#everyMs = everyMs;
    this.#log = log;
    this.#clock = clock;
    this.#personal = personal;
  }

  count(source: string, accused?: Accused): void {
    const minute = new Date(this.#clock.now()).toISOString().slice(0, 16);
    if (minute !== this.#minute) void this.flush();
    this.#minute = minute;
    this.#add({ source, accused, count: 1 });
    this.#arm();
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => void this.flush(), this.#everyMs).unref();
  }

  /** Writes what was counted; what cannot be written now is kept for the next time. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { counters, minute } = { counters: [...this.#counters.values()], minute: `${this.#minute}:00.000Z` };
    this.#counters = new Map();
    const at = new Date(this.#clock.now()).toISOString();
    for (const [tenant, members] of byTenant(counters)) {
      try {
        const sealed = await Promise.all(members.map((counter) => this.#sealed(tenant, counter)));
        const events = sealed.map((counter) => summed(tenant, counter, { at, minute }));
        await this.#log.append(streamName(request.name, tenant, at.slice(0, 10)), events, 'any');
      } catch {
        for (const counter of members) this.#add(counter);
        this.#arm();
      }
    }
  }

  async #sealed(tenant: string, counter: Counter): Promise<Counter> {
    const { accused, source } = counter;
    if (accused === undefined) return counter;
    const person = { type: 'user', id: accused.userId } as const;
    return { ...counter, source: await this.#personal.seal(tenant, person, source) };
  }

  #add({ accused, count, source }: Counter): void {
    const key = JSON.stringify([source, accused?.tenant, accused?.userId]);
    const known = this.#counters.get(key);
    if (known !== undefined) known.count += count;
    else if (this.#counters.size < maxCounters) this.#counters.set(key, { source, accused, count });
    else this.#addBeyond(count);
  }

  #addBeyond(count: number): void {
    const beyond = this.#counters.get('others') ?? { source: 'others', accused: undefined, count: 0 };
    beyond.count += count;
    this.#counters.set('others', beyond);
  }
}

function byTenant(counters: readonly Counter[]): ReadonlyMap<string, readonly Counter[]> {
  const groups = new Map<string, Counter[]>();
  for (const counter of counters) {
    const tenant = counter.accused?.tenant ?? platformTenant;
    groups.set(tenant, [...(groups.get(tenant) ?? []), counter]);
  }
  return groups;
}

function summed(
  tenant: string,
  { accused, count, source }: Counter,
  { at, minute }: { readonly at: string; readonly minute: string },
): NewEvent {
  const id = uuidv4();
  const data = { source, minute, count, ...(accused && { userId: accused.userId }) };
  return encodeEvent(request, Request.events.CredentialsFailed(data), id, {
    tenant,
    actor: { type: 'anonymous', id: 'anonymous' },
    at,
    operation: 'audit.countCredentialFailures',
    commandId: id,
    requestId: id,
    $correlationId: id,
    $causationId: id,
    action: 'credentials.failed',
    subject: accused?.userId ?? source,
  });
}
