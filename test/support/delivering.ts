import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { createSubscription } from '../../commands/audit/streaming/create-subscription.ts';
import { disableSubscription } from '../../commands/audit/streaming/disable-subscription.ts';
import { recordDeliveryFailure } from '../../commands/audit/streaming/record-delivery-failure.ts';
import { auditSubscriptions } from '../../projections/audit/streaming/audit-subscriptions.ts';
import { listDeliveries } from '../../queries/audit/streaming/list-deliveries.ts';
import { startDeliveries } from '../../src/adapters/deliveries/deliveries.ts';
import type { RetrySchedule } from '../../src/adapters/deliveries/schedule.ts';
import { createOutgoing, type OutgoingOptions } from '../../src/adapters/outgoing/outgoing.ts';
import type { Database } from '../../src/adapters/postgres/database.ts';
import { aggregate } from '../../src/kernel/aggregate.ts';
import type { AnyCommand } from '../../src/kernel/command.ts';
import type { LogEvent } from '../../src/kernel/log.ts';
import { silent } from '../../src/kernel/telemetry.ts';
import { write } from './events.ts';
import { type Stack, startStack } from './stack.ts';

/** Something that happens in a test, as often as one likes. */
export const Bell = aggregate({
  name: 'demo.Bell',
  events: { Rung: z.object({ count: z.int(), secret: z.string() }), Broken: z.object({}) },
  initial: () => ({}),
  evolve: { Rung: (bell) => bell, Broken: (bell) => bell },
});

/** Soon, and as often as a test may need. */
export const quick: RetrySchedule = { delaysMs: [50, 100, 100, 100, 100, 100, 100, 100, 100, 100], jitter: 0 };

export interface Delivering {
  readonly stack: Stack;
  /** A subscription of the stack's tenant to bells, to the webhook at the URL; and its signing secret. */
  subscribe(destination: object, filters?: object): Promise<{ readonly id: string; readonly secret: string }>;
  /** Rings a bell: one event on its stream. */
  ring(bell: string, count: number): Promise<bigint>;
  deliveries(id: string, where?: object): Promise<readonly Record<string, unknown>[]>;
  /** What the subscription's stream holds. */
  facts(id: string): Promise<readonly LogEvent[]>;
  /** Starts delivering, as another process would; stopped at the end. */
  start(): { stop(): Promise<void> };
  close(): Promise<void>;
}

const lease = { expiryMs: 1_500, heartbeatMs: 300, pollMs: 100 };

/** The delivery engine on real stores, in a tenant of its own. */
export async function startDelivering(
  options: {
    readonly schedule?: RetrySchedule;
    readonly outgoing?: Partial<OutgoingOptions>;
    /** The database as the engines see it. */
    readonly ownerAs?: (owner: Database) => Database;
  } = {},
): Promise<Delivering> {
  const stack = await startStack({ projections: [auditSubscriptions] });
  const outgoing = createOutgoing({ allow: ['127.0.0.0/8'], timeoutMs: 1_000, ...options.outgoing });
  // Receivers check the time of a signature.
  stack.clock.advance(Date.now() - stack.clock.now());
  const begun = performance.now();
  const clock = { now: () => stack.clock.now() + Math.round(performance.now() - begun) };
  const running: { stop(): Promise<void> }[] = [];
  const start = () => {
    const engine = startDeliveries({
      log: stack.log,
      owner: options.ownerAs?.(stack.database.owner) ?? stack.database.owner,
      sealer: stack.ports.sealer,
      personal: stack.ports.personal,
      executeAs: stack.pipeline.executeAs,
      commands: {
        recordFailure: recordDeliveryFailure as unknown as AnyCommand,
        disable: disableSubscription as unknown as AnyCommand,
      },
      telemetry: silent,
      clock,
      outgoing,
      lease,
      schedule: options.schedule ?? quick,
    });
    running.push(engine);
    return engine;
  };
  const mark = randomUUID().slice(0, 8);
  return {
    stack,
    start,
    subscribe: async (destination, filters = { eventTypes: ['demo.*'] }) => {
      const { body, status } = await stack.ask(createSubscription, { name: 'test', filters, destination });
      if (status !== 201) throw new Error(`answered ${status}`);
      const { signingSecret = '', subscriptionId } = body as { signingSecret?: string; subscriptionId: string };
      return { id: subscriptionId, secret: signingSecret };
    },
    ring: async (bell, count) => {
      const rung = Bell.events.Rung({ count, secret: 'the sealed value' });
      return (await write(stack.log, Bell, [rung], { tenant: stack.tenant, id: `${mark}.${bell}` })).position;
    },
    deliveries: async (id, where = {}) => {
      const { body } = await stack.ask(listDeliveries, { subscriptionId: id, ...where });
      return (body as { deliveries: Record<string, unknown>[] }).deliveries;
    },
    facts: async (id) => {
      const events: LogEvent[] = [];
      for await (const event of stack.log.readStream(`audit.Subscription-${stack.tenant}.${id}`)) events.push(event);
      return events;
    },
    close: async () => {
      await Promise.all(running.map((engine) => engine.stop()));
      await outgoing.close();
      await stack.close();
    },
  };
}

/** Asks again until it is so. */
export async function until<T>(ask: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
