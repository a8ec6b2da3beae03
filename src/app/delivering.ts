import { startDeliveries } from '../adapters/deliveries/deliveries.ts';
import type { DeliveryCommands } from '../adapters/deliveries/reports.ts';
import type { RetrySchedule } from '../adapters/deliveries/schedule.ts';
import type { Running } from '../adapters/effects/timings.ts';
import type { AnyCommand } from '../kernel/command.ts';
import type { Registry } from '../kernel/registry.ts';
import type { Parts } from './parts.ts';

type Needed = 'clock' | 'log' | 'outgoing' | 'owner' | 'pipeline' | 'registry' | 'sealer' | 'telemetry';

/** Starts what delivers events to the destinations of subscriptions. */
export function startDelivering(parts: Pick<Parts, Needed>, schedule?: RetrySchedule): Running {
  const { pipeline, registry, ...rest } = parts;
  return startDeliveries({
    ...rest,
    personal: parts.sealer.personal,
    executeAs: pipeline.executeAs,
    commands: deliveryCommands(registry),
    ...(schedule && { schedule }),
  });
}

/** The commands that turn what happens to deliveries into facts. */
export function deliveryCommands(registry: Registry): DeliveryCommands {
  const named = (name: string): AnyCommand => {
    const found = registry.endpoints.find(({ value }) => value.name === name)?.value;
    if (found?.kind !== 'command') throw new TypeError(`There is no command ${name}.`);
    return found;
  };
  return { recordFailure: named('audit.recordDeliveryFailure'), disable: named('audit.disableSubscription') };
}
