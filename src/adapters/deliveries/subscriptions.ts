import { Subscription, type SubscriptionState } from '../../domain/audit/streaming/subscription.ts';
import type { AnyAggregate } from '../../kernel/aggregate.ts';
import type { EventLog } from '../../kernel/log.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import { Fold, tenantOf } from '../live-view/folds.ts';
import { Follower } from '../live-view/follower.ts';

/** A subscription and whose it is. */
export interface Subscribed {
  readonly key: string;
  readonly tenant: string;
  readonly state: SubscriptionState;
}

/** All subscriptions, folded from the log and kept up with it. */
export class SubscriptionsView {
  readonly #fold = new Fold<SubscriptionState>(Subscription as unknown as AnyAggregate);
  readonly #changed = new Set<string>();
  readonly #follower: Follower;

  constructor(log: EventLog, telemetry: Telemetry) {
    let failing = false;
    this.#follower = new Follower({
      log,
      typePrefixes: [`${Subscription.name}.`],
      elapsed: () => performance.now(),
      apply: (stored) => {
        this.#changed.add(this.#fold.add(stored).key);
      },
      looked: (failure) => {
        if (failure !== undefined && !failing) {
          telemetry.log.warn({ error: String(failure) }, 'subscriptions cannot be followed for the moment');
        }
        failing = failure !== undefined;
      },
    });
  }

  /** Resolves when all that are on the log have been seen once. */
  start(): Promise<void> {
    return new Promise((resolve) => this.#follower.start(resolve));
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /** Those that have changed since this was last asked. */
  changes(): readonly Subscribed[] {
    const keys = [...this.#changed];
    this.#changed.clear();
    return keys.flatMap((key) => {
      const state = this.#fold.at(key);
      return state === undefined ? [] : [{ key, tenant: tenantOf(key), state }];
    });
  }
}
