import { type AnyAggregate, evolveOne, type Fact } from '../../kernel/aggregate.ts';
import { decodeEvent } from '../../kernel/codec.ts';
import type { LogEvent } from '../../kernel/log.ts';

/** The states of all aggregates of one kind, by tenant and id, as far as their events were given. */
export class Fold<S> {
  readonly of: AnyAggregate;
  readonly #states = new Map<string, S>();

  constructor(of: AnyAggregate) {
    this.of = of;
  }

  get(tenant: string, id: string): S | undefined {
    return this.#states.get(keyOf(tenant, id));
  }

  at(key: string): S | undefined {
    return this.#states.get(key);
  }

  /** Whether the event is one of this aggregate's. */
  takes(stored: LogEvent): boolean {
    return stored.type.startsWith(`${this.of.name}.`);
  }

  /** @throws {UnknownEventVersion} the event is newer than this program */
  add(stored: LogEvent): { readonly key: string; readonly state: S; readonly fact: Fact; readonly name: string } {
    const { event, fact } = decodeEvent(this.of, stored);
    const key = keyOf(fact.tenant, fact.id);
    const state = evolveOne(this.of, this.#states.get(key) ?? this.of.initial(), event, fact) as S;
    this.#states.set(key, state);
    return { key, state, fact, name: event.name };
  }

  entries(): IterableIterator<[string, S]> {
    return this.#states.entries();
  }

  values(): IterableIterator<S> {
    return this.#states.values();
  }

  forget(key: string): void {
    this.#states.delete(key);
  }
}

/** A tenant's id has no dot, so the first one parts the two. */
export function keyOf(tenant: string, id: string): string {
  return `${tenant}.${id}`;
}

/** The tenant of a key. */
export function tenantOf(key: string): string {
  return key.slice(0, key.indexOf('.'));
}

/** Who has a name that may be wanted twice: the first by the log's order, until it gives the name up. */
export class Claims {
  readonly #claims = new Map<string, readonly string[]>();

  claim(name: string, key: string): void {
    this.#claims.set(name, [...(this.#claims.get(name) ?? []), key]);
  }

  giveUp(name: string, key: string): void {
    const left = (this.#claims.get(name) ?? []).filter((other) => other !== key);
    if (left.length === 0) this.#claims.delete(name);
    else this.#claims.set(name, left);
  }

  /** The first of those that count. */
  holder(name: string, counts: (key: string) => boolean = () => true): string | undefined {
    return this.#claims.get(name)?.find(counts);
  }
}
