import { z } from 'zod';
import { operation } from '../../../src/kernel/operation.ts';
import { sql } from '../../../src/kernel/sql.ts';

export const getStreamingMetrics = operation({
  name: 'audit.getStreamingMetrics',
  summary:
    'Counts what was streamed and delivered: connections and rates of the process that answers, deliveries of all there ever were.',
  route: 'GET /audit/v1/streaming/metrics',
  aliases: ['GET /v1/streaming/metrics'],
  input: z.strictObject({}),
  output: z.object({
    activeConnections: z.int(),
    eventsPerSecond: z.number(),
    totalEventsStreamed: z.int(),
    subscriptionMetrics: z.array(
      z.object({ subscriptionId: z.string(), eventsDelivered: z.int(), lastEventAt: z.string() }),
    ),
  }),
  controls: {
    effect: 'read',
    permission: 'audit.stream.read',
    audit: { action: 'audit.stream.read-metrics', subject: () => 'streaming' },
  },
  perform: async (_, _input, { ports, tenant }) => {
    const streamed = ports.streams.metrics(tenant);
    const rows = await ports.read(
      tenant,
      sql`
      select subscription_id, sum(delivered) as delivered, max(last_delivered_at) as last_at
      from kernel.delivery_feeds where tenant_id = ${tenant} and delivered > 0 group by subscription_id`,
    );
    const delivered = rows.map((row) => ({
      subscriptionId: row['subscription_id'] as string,
      events: Number(row['delivered']),
      lastAt: (row['last_at'] as Date).toISOString(),
    }));
    const bySubscription = new Map<string, { eventsDelivered: number; lastEventAt: string }>();
    for (const { events, lastAt, subscriptionId } of [...streamed.subscriptions, ...delivered]) {
      const known = bySubscription.get(subscriptionId) ?? { eventsDelivered: 0, lastEventAt: '' };
      const lastEventAt = known.lastEventAt > lastAt ? known.lastEventAt : lastAt;
      bySubscription.set(subscriptionId, { eventsDelivered: known.eventsDelivered + events, lastEventAt });
    }
    return {
      activeConnections: streamed.activeConnections,
      eventsPerSecond: streamed.eventsPerSecond,
      totalEventsStreamed: streamed.totalEvents + delivered.reduce((sum, { events }) => sum + events, 0),
      subscriptionMetrics: [...bySubscription].map(([subscriptionId, counted]) => ({ subscriptionId, ...counted })),
    };
  },
});
