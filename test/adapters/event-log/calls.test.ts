import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { v4 as uuid } from 'uuid';
import { unlessStalled } from '../../../src/adapters/event-log/client.ts';
import type { Connection } from '../../../src/adapters/event-log/connection.ts';
import { eventLogOver } from '../../../src/adapters/event-log/event-log.ts';
import { head, readFiltered } from '../../../src/adapters/event-log/filtered-read.ts';
import { sharedStores } from '../../support/stores.ts';

/** The client's own memory of calls that have not ended. */
const open = (client: EventStoreDBClient): number =>
  (client as unknown as { readonly disposableStreams: ReadonlySet<unknown> }).disposableStreams.size;

describe('calls to the event log', function () {
  this.timeout(30_000);

  it('are forgotten by the client, however much of them was read', async () => {
    const { url } = await sharedStores().freshEventNode();
    const client = EventStoreDBClient.connectionString(url);
    const events = Array.from({ length: 30 }, (_, n) =>
      jsonEvent({ type: `test.Thing.Happened${n % 2}`, data: { n } }),
    );
    await client.appendToStream('things', events);
    const log = eventLogOver(client);
    await log.append('others', [{ id: uuid(), type: 'test.Thing.Happened', data: {}, metadata: {} }], 'none');
    // The calls that carry all appends stay.
    const before = open(client);
    const first = async (): Promise<void> => {
      for await (const _ of unlessStalled(client.readStream('things'), 5_000)) return;
    };
    for (let round = 0; round < 20; round++) {
      await head(client);
      await first();
      await log.append('others', [{ id: uuid(), type: 'test.Thing.Happened', data: {}, metadata: {} }], 'any');
      await log.readAll({ after: undefined, max: 3 });
      await readFiltered(client, { max: 3, typePrefixes: ['test.Thing.Happened1'] });
    }
    while (open(client) > before) await sleep(50);
    expect(open(client)).to.equal(before);
    await log.close();
  });

  it('connect anew where the look at what the server serves has failed, which the client would keep', async () => {
    const { url } = await sharedStores().freshEventNode();
    const client = EventStoreDBClient.connectionString(url);
    const own = client as unknown as Pick<Connection, 'handleError' | 'supports'>;
    const { handleError, supports } = own;
    let kept: Error | undefined = Object.assign(new Error('the session has ended'), { code: status.INTERNAL });
    Object.assign(client, {
      supports: (method: { readonly path: string }) => (kept === undefined ? supports(method) : Promise.reject(kept)),
      handleError: async (...failed: Parameters<typeof handleError>) => {
        kept = undefined;
        await handleError(...failed);
      },
    });
    const log = eventLogOver(client);
    const event = { id: uuid(), type: 'test.Thing.Happened', data: {}, metadata: {} };
    expect(await log.append('things', [event], 'none')).to.include({ revision: 0 });
    await log.close();
  });
});
