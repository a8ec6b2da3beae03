import { type DomainEvent, eventType } from '../../kernel/aggregate.ts';
import { decodeEvent, factOf } from '../../kernel/codec.ts';
import type { LogEvent } from '../../kernel/log.ts';
import type { Applied, Projection } from '../../kernel/projection.ts';
import type { Sql } from '../../kernel/sql.ts';
import { everyAggregate, type Subscription } from '../../kernel/when.ts';

/** More type prefixes than this cost the log more than the events they keep away. */
const prefixesAtMost = 64;

/** What a projection does with each type of event it wants. */
export class Interests {
  readonly #byType = new Map<string, Subscription<readonly Sql[]>[]>();
  /** Whether the read model takes its events as batches. */
  readonly stateful: boolean;
  /** Subscriptions to events of every kind. */
  readonly #toAll: readonly Subscription<readonly Sql[]>[];

  constructor(projection: Projection) {
    this.stateful = projection.apply !== undefined;
    this.#toAll = projection.on.filter(({ aggregate }) => aggregate === everyAggregate);
    for (const subscription of projection.on) {
      if (subscription.aggregate === everyAggregate) continue;
      for (const name of subscription.names) {
        const type = eventType({ aggregate: subscription.aggregate.name, name });
        this.#byType.set(type, [...(this.#byType.get(type) ?? []), subscription]);
      }
    }
  }

  get types(): readonly string[] {
    return [...this.#byType.keys()];
  }

  /** Whether it wants every event there is. */
  get all(): boolean {
    return this.#toAll.length > 0;
  }

  wants(type: string): boolean {
    return this.all || this.#byType.has(type);
  }

  /**
   * The statements for one event, in the order of the declarations.
   *
   * @throws {UnknownEventVersion} the event is newer than this program
   */
  statements(stored: LogEvent): readonly Sql[] {
    const ofType = (this.#byType.get(stored.type) ?? []).flatMap((subscription) => {
      const { event, fact } = decodeEvent(subscription.aggregate, stored);
      return subscription.handle(event, fact) ?? [];
    });
    return [...ofType, ...this.#toAll.flatMap(({ handle }) => handle(plainEvent(stored), factOf(stored)) ?? [])];
  }

  /**
   * The event as a stateful projection is given it.
   *
   * @throws {UnknownEventVersion} the event is newer than this program
   */
  applied(stored: LogEvent): Applied {
    const [subscription] = this.#byType.get(stored.type) ?? [];
    if (subscription !== undefined) return { stored, ...decodeEvent(subscription.aggregate, stored) };
    return { stored, event: plainEvent(stored), fact: factOf(stored) };
  }
}

/** As it stands on the log, in whatever version. */
function plainEvent({ data, type }: LogEvent): DomainEvent {
  const dot = type.lastIndexOf('.');
  return { aggregate: type.slice(0, dot), name: type.slice(dot + 1), data };
}

/** Prefixes that let through every type one of them wants; undefined where reading everything is cheaper. */
export function prefixesFor(all: Iterable<Interests>): readonly string[] | undefined {
  const interests = [...all];
  if (interests.some((each) => each.all)) return undefined;
  const types = new Set(interests.flatMap(({ types: wanted }) => wanted));
  if (types.size <= prefixesAtMost) return [...types];
  const aggregates = new Set([...types].map((type) => type.slice(0, type.lastIndexOf('.') + 1)));
  return aggregates.size <= prefixesAtMost ? [...aggregates] : undefined;
}
