import { type EventStoreDBClient, jsonEvent } from '@eventstore/db-client';

/** Data of every event the bench writes to a bare node: 411 bytes as JSON. */
export const sample = { note: 'x'.repeat(400) };

/** Durable appends a second with so many in flight, each writer to a stream of its own. */
export async function appends(client: EventStoreDBClient, inFlight: number, seconds: number): Promise<number> {
  const began = performance.now();
  const end = began + seconds * 1_000;
  let count = 0;
  const writer = async (n: number): Promise<void> => {
    while (performance.now() < end) {
      await client.appendToStream(`bench-${inFlight}-${n}`, jsonEvent({ type: 'Benched', data: sample }));
      count++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, n) => writer(n)));
  return count / ((performance.now() - began) / 1_000);
}
