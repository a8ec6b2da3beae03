import { LRUCache } from 'lru-cache';
import type { StreamMetrics } from '../../kernel/event-streams.ts';

/** Subscriptions whose counts are kept. */
const mostSubscriptions = 10_000;
const windowSeconds = 60;

interface Counted {
  readonly tenant: string;
  readonly subscriptionId: string;
  events: number;
  lastAt: string;
}

interface TenantCounts {
  open: number;
  total: number;
  /** Events by second, of the last minute. */
  readonly seconds: Map<number, number>;
}

/** What one process has streamed, by tenant. */
export class StreamCounts {
  readonly #tenants = new Map<string, TenantCounts>();
  readonly #subscriptions = new LRUCache<string, Counted>({ max: mostSubscriptions });
  #open = 0;

  get open(): number {
    return this.#open;
  }

  openOf(tenant: string): number {
    return this.#tenants.get(tenant)?.open ?? 0;
  }

  opened(tenant: string): void {
    this.#open++;
    this.#of(tenant).open++;
  }

  closed(tenant: string): void {
    this.#open--;
    this.#of(tenant).open--;
  }

  sent(tenant: string, subscriptionId: string, sent: { readonly events: number; readonly atMs: number }): void {
    const { atMs, events } = sent;
    const counts = this.#of(tenant);
    const second = Math.floor(atMs / 1_000);
    counts.total += events;
    counts.seconds.set(second, (counts.seconds.get(second) ?? 0) + events);
    for (const old of counts.seconds.keys()) if (old <= second - windowSeconds) counts.seconds.delete(old);
    const key = `${tenant}/${subscriptionId}`;
    const known = this.#subscriptions.get(key) ?? { tenant, subscriptionId, events: 0, lastAt: '' };
    known.events += events;
    known.lastAt = new Date(atMs).toISOString();
    this.#subscriptions.set(key, known);
  }

  metrics(tenant: string, nowMs: number): StreamMetrics {
    const counts = this.#of(tenant);
    const since = Math.floor(nowMs / 1_000) - windowSeconds;
    const lately = [...counts.seconds].reduce((sum, [second, events]) => (second > since ? sum + events : sum), 0);
    const own = [...this.#subscriptions.values()].filter((each) => each.tenant === tenant);
    return {
      activeConnections: counts.open,
      eventsPerSecond: Math.round((lately / windowSeconds) * 100) / 100,
      totalEvents: counts.total,
      subscriptions: own.map(({ events, lastAt, subscriptionId }) => ({ subscriptionId, events, lastAt })),
    };
  }

  #of(tenant: string): TenantCounts {
    const known = this.#tenants.get(tenant) ?? { open: 0, total: 0, seconds: new Map<number, number>() };
    this.#tenants.set(tenant, known);
    return known;
  }
}
