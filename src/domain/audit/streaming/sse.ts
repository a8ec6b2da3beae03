import type { Live } from '../../../kernel/file.ts';
import { Subscription } from './subscription.ts';

/** What ends the streams of a subscription, and how a reader is told. */
const endings: Readonly<Record<string, string>> = { Paused: 'paused', Disabled: 'disabled', Deleted: 'deleted' };

/** Why a subscription's streams end with an event; undefined where they go on. */
export function endingOf(
  subscriptionId: string,
  { aggregate, id }: { readonly aggregate: string; readonly id: string },
  type: string,
): string | undefined {
  if (aggregate !== Subscription.name || id !== subscriptionId) return undefined;
  return endings[type.slice(aggregate.length + 1)];
}

const dropped = { reason: 'slow', detail: 'Nothing was taken for 30 s; come back with the last id.' };

/** When a reader that takes nothing is let go, and what it is told. */
export const farewell: Live = {
  stallMs: 30_000,
  farewell: Buffer.from(`event: dropped\ndata: ${JSON.stringify(dropped)}\n\n`),
};
