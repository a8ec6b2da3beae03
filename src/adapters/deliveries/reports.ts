import type { AnyCommand } from '../../kernel/command.ts';
import { CommandRefused } from '../../kernel/worker.ts';
import { ask, type ExecuteAs, infoFor } from '../effects/execute.ts';
import type { Reports } from './courier.ts';

/** The commands by which deliveries become facts. */
export interface DeliveryCommands {
  readonly recordFailure: AnyCommand;
  readonly disable: AnyCommand;
}

/** Who acts in the audit. */
const part = 'deliveries';

/** Facts of deliveries, as commands of the system. A refusal stands: the subscription is gone, or was told of already. */
export function reportsBy(executeAs: ExecuteAs, commands: DeliveryCommands): Reports {
  const tell = async (
    command: AnyCommand,
    tenant: string,
    told: { readonly key: string; readonly input: object },
  ): Promise<void> => {
    try {
      await ask(executeAs, { command, tenant, part, input: told.input, info: infoFor(told.key) });
    } catch (error) {
      if (!(error instanceof CommandRefused)) throw error;
    }
  };
  return {
    failed: ({ subscriptionId, tenant }, { attempts, deliveryId, eventId, eventType }, reason) =>
      tell(commands.recordFailure, tenant, {
        key: `${deliveryId}.${attempts}.failed`,
        input: { subscriptionId, eventId, eventType, attempts, reason },
      }),
    disable: ({ subscriptionId, tenant }, { reason, detail, activeSince }) =>
      tell(commands.disable, tenant, {
        key: `${subscriptionId}.${activeSince}.disabled`,
        input: { subscriptionId, reason, detail, activeSince },
      }),
  };
}
