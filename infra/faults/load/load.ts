import type { RequestRecord } from '../checker/records.ts';
import type { Chance } from '../random.ts';
import type { Send } from './api.ts';
import { LoadClient } from './client.ts';
import type { Somebody } from './tenants.ts';

export interface LoadOptions {
  readonly send: Send;
  readonly somebody: Somebody;
  readonly chance: Chance;
  /** Where the record of each request goes. */
  readonly records: RequestRecord[];
  readonly clients: number;
  /** Secrets the clients share. */
  readonly secrets: number;
}

/** Lets clients of one tenant work at the same time, each until `goOn` says no before its next step. */
export async function load(options: LoadOptions, goOn: (step: number) => boolean): Promise<void> {
  const { chance, clients, records, secrets: count, send, somebody } = options;
  const secrets = Array.from({ length: count }, (_, index) => `secret-${index}`);
  const now = (): number => performance.now();
  const work = async (number: number): Promise<void> => {
    const client = new LoadClient({ send, somebody, records, secrets, now, chance: chance.fork(number) });
    for (let step = 0; goOn(step); step++) await client.step();
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => work(number)));
}
