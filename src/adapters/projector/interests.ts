import { eventType } from '../../kernel/aggregate.ts';
import { decodeEvent } from '../../kernel/codec.ts';
import type { LogEvent } from '../../kernel/log.ts';
import type { Projection } from '../../kernel/projection.ts';
import type { Sql } from '../../kernel/sql.ts';
import type { Subscription } from '../../kernel/when.ts';

/** More type prefixes than this cost the log more than the events they keep away. */
const prefixesAtMost = 64;

/** What a projection does with each type of event it wants. */
export class Interests {
  readonly #byType = new Map<string, Subscription<readonly Sql[]>[]>();

  constructor(projection: Projection) {
    for (const subscription of projection.on) {
      for (const name of subscription.names) {
        const type = eventType({ aggregate: subscription.aggregate.name, name });
        this.#byType.set(type, [...(this.#byType.get(type) ?? []), subscription]);
      }
    }
  }

  get types(): readonly string[] {
    return [...this.#byType.keys()];
  }

  wants(type: string): boolean {
    return this.#byType.has(type);
  }

  /**
   * The statements for one event, in the order of the declarations.
   *
   * @throws {UnknownEventVersion} the event is newer than this program
   */
  statements(stored: LogEvent): readonly Sql[] {
    return (this.#byType.get(stored.type) ?? []).flatMap((subscription) => {
      const { event, fact } = decodeEvent(subscription.aggregate, stored);
      return subscription.handle(event, fact) ?? [];
    });
  }
}

/** Prefixes that let through every type one of them wants; undefined where reading everything is cheaper. */
export function prefixesFor(all: Iterable<Interests>): readonly string[] | undefined {
  const types = new Set([...all].flatMap(({ types: wanted }) => wanted));
  if (types.size <= prefixesAtMost) return [...types];
  const aggregates = new Set([...types].map((type) => type.slice(0, type.lastIndexOf('.') + 1)));
  return aggregates.size <= prefixesAtMost ? [...aggregates] : undefined;
}
