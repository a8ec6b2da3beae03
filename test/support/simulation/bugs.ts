import { randomUUID } from 'node:crypto';
import type { EventStoreDBClient } from '@eventstore/db-client';
import type { Bug } from './options.ts';

/** Bugs to be planted one at a time: what somebody might have written, or might yet write. */
export const bugs: readonly Bug[] = [
  {
    what: 'the node acknowledges a write before it is synced',
    foundBy: 10,
    unsynced: true,
  },
  {
    what: 'a write whose answer was lost is repeated with new event ids',
    foundBy: 12,
    client: withFreshIds,
  },
  {
    what: 'the checkpoint of a read model is committed before its rows',
    foundBy: 1,
    sql: { apart: /^\s*with moved as/ },
  },
  {
    what: 'a batch is not fenced by the epoch of its lease',
    foundBy: 41,
    sql: {
      rewrite: (text) =>
        text
          .replaceAll(/and epoch = (\$\d) and owner = (\$\d)/g, 'and $1::int is not null and $2::text is not null')
          .replaceAll('and p.epoch = m.epoch and p.owner = m.owner', ''),
    },
  },
  {
    what: 'a batch does not look where its checkpoint stands',
    foundBy: 23,
    sql: {
      rewrite: (text) =>
        text
          .replaceAll(/and position is not distinct from (\$\d)::bigint/g, 'and ($1::bigint is null or true)')
          .replaceAll('and coalesce(p.position, -1) = m.origin', ''),
    },
  },
  {
    what: 'a poison event is passed over, and its stream is not parked',
    foundBy: 1,
    sql: { rewrite: (text) => (text.includes('insert into kernel.parked_streams') ? nothing(7) : text) },
  },
  {
    what: 'the checkpoint of the reactions is committed before the effects',
    foundBy: 9,
    sql: { apart: /update kernel.reaction_checkpoints set position/ },
  },
  {
    what: 'nobody sweeps: what the queue has lost stays undone',
    foundBy: 6,
    sql: { rewrite: (text) => text.replace("where status <> 'done' and not_before <", 'where false and not_before <') },
  },
  {
    what: 'an effect is marked as done before it is',
    foundBy: 12,
    worker: (worker) => ({
      ...worker,
      process: async (data, context) => {
        worker.process(data, context).catch(() => undefined);
      },
    }),
  },
  {
    what: 'a command that a fact causes carries no idempotency key',
    foundBy: 16,
    executeAs: (executeAs) => (endpoint, input, principal, info) =>
      executeAs(endpoint, input, principal, { ...info, idempotencyKey: undefined }),
  },
];

/** A statement that takes as many parameters and does nothing. */
function nothing(parameters: number): string {
  return `select ${Array.from({ length: parameters }, (_, index) => `$${index + 1}`).join(', ')}`;
}

function withFreshIds(client: EventStoreDBClient): EventStoreDBClient {
  const append = client.appendToStream.bind(client) as (...given: unknown[]) => Promise<unknown>;
  const appendToStream = (stream: string, events: readonly object[], options: unknown): Promise<unknown> =>
    append(
      stream,
      events.map((event) => ({ ...event, id: randomUUID() })),
      options,
    );
  return { ...client, appendToStream } as unknown as EventStoreDBClient;
}
