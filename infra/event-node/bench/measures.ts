import { type EventStoreDBClient, jsonEvent, START } from '@eventstore/db-client';
import { sample } from '../../bench/event-log.ts';
import { median } from '../../bench/figures.ts';

/** Events a second that one reader of `$all` gets. */
export async function reads(client: EventStoreDBClient, events: number): Promise<number> {
  const began = performance.now();
  let count = 0;
  for await (const _ of client.readAll({ fromPosition: START, maxCount: events })) count++;
  return count / ((performance.now() - began) / 1_000);
}

/** Milliseconds from the call of an append to the event at a subscriber; the median of many. */
export async function appendToSubscriber(client: EventStoreDBClient, times: number): Promise<number> {
  const subscription = client.subscribeToStream('latency', { fromRevision: START });
  const arrivals: ((at: number) => void)[] = [];
  subscription.on('error', () => undefined);
  subscription.on('data', () => arrivals.shift()?.(performance.now()));
  await new Promise<void>((resolve) => subscription.once('caughtUp', resolve));
  const taken: number[] = [];
  for (let n = 0; n < times; n++) {
    const began = performance.now();
    const arrived = new Promise<number>((resolve) => arrivals.push(resolve));
    await client.appendToStream('latency', jsonEvent({ type: 'Timed', data: sample }));
    taken.push((await arrived) - began);
  }
  await subscription.unsubscribe();
  return median(taken);
}

/** Writes so many events, each to a stream of its own; `onProgress` is called after every hundredth of them. */
export async function fill(
  client: EventStoreDBClient,
  events: number,
  onProgress: (written: number) => void,
): Promise<void> {
  const hundredth = Math.ceil(events / 100);
  let next = 0;
  let written = 0;
  const writer = async (): Promise<void> => {
    while (next < events) {
      const n = next++;
      await client.appendToStream(`fill-${n}`, jsonEvent({ type: 'Filled', data: sample }));
      if (++written % hundredth === 0) onProgress(written);
    }
  };
  await Promise.all(Array.from({ length: 256 }, writer));
}
