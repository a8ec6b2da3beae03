import type { EventStoreDBClient } from '@eventstore/db-client';
import { StreamNotFoundError, WrongExpectedVersionError } from '@eventstore/db-client';
import { allCursor, type Cursor, streamCursor } from '../../../../infra/event-node/service/cursor.ts';
import type { EventFilter } from '../../../../infra/event-node/service/filter.ts';
import type { EventStore } from '../../../../infra/event-node/storage/event-store.ts';
import type { Expected, Outcome } from '../../../../infra/event-node/storage/types.ts';
import type { Network } from '../network.ts';
import type { SimulatedProcess } from '../world.ts';
import type { EventNode, Resolved } from './node.ts';
import { SimulatedRead } from './read.ts';
import { SimulatedSubscription } from './subscription.ts';

export interface ClientDeps {
  readonly node: EventNode;
  readonly network: Network;
  readonly process: SimulatedProcess;
}

/** gRPC's status for a server that cannot be reached. */
export function unavailable(): Error {
  return Object.assign(new Error('14 UNAVAILABLE'), { code: 14 });
}

interface AppendOptions {
  readonly expectedRevision: 'any' | 'no_stream' | bigint;
}

type Position = 'start' | 'end' | { readonly commit: bigint };

/** The client package as the product uses it, over the simulated network to the simulated node. */
export function simulatedClient(deps: ClientDeps): EventStoreDBClient {
  const { process } = deps;
  const client = {
    appendToStream: (stream: string, events: readonly JsonEvent[], options: AppendOptions) =>
      ask(deps, `append ${stream}`, (store, answer, refuse) => {
        const request = {
          stream,
          expected: expectedOf(options),
          events: events.map(proposed),
          kind: 'append' as const,
        };
        store.write({ ...request, isExpired: () => false }).then(
          (outcome) => answered(outcome, { stream, options, answer, refuse }),
          () => refuse(unavailable()),
        );
      }),
    readStream: (stream: string, options: { readonly fromRevision: bigint | 'start'; readonly maxCount?: number }) => {
      const from = options.fromRevision === 'start' ? undefined : Number(options.fromRevision);
      return new SimulatedRead(deps, (store) => {
        const cursor = streamCursor(store, stream, from, { direction: 'forwards', now: () => deps.node.process.now() });
        if (!cursor.exists()) throw new StreamNotFoundError(undefined, stream);
        return taken(deps, cursor, options.maxCount);
      });
    },
    readAll: ({ direction, fromPosition, maxCount }: { direction: string; fromPosition: Position; maxCount: number }) =>
      new SimulatedRead(deps, (store) => {
        const backwards = direction === 'backwards';
        const cursor = allCursor(store, startOf(fromPosition), backwards ? 'backwards' : 'forwards', undefined);
        return taken(deps, cursor, maxCount);
      }),
    subscribeToAll: ({ filter, fromPosition }: { filter?: ClientFilter; fromPosition: Position }) =>
      new SimulatedSubscription(deps, {
        from: fromPosition === 'end' ? 'end' : fromPosition === 'start' ? -1 : Number(fromPosition.commit),
        filter: filterOf(filter),
        checkpoint: filter?.checkpointReached,
      }),
    dispose: async () => undefined,
  };
  return strict(client, process) as unknown as EventStoreDBClient;
}

/** The product may come to use more of the package than is simulated: that is not to pass for a log that is away. */
function strict<T extends object>(client: T, { world }: SimulatedProcess): T {
  return new Proxy(client, {
    get: (target, member, receiver) => {
      if (typeof member === 'string' && !(member in target)) {
        world.fail(new Error(`the simulated client of the event log has no ${member}`));
      }
      return Reflect.get(target, member, receiver);
    },
  });
}

interface JsonEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
}

function proposed({ data, id, metadata, type }: JsonEvent) {
  const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  return { id, type, contentType: 'application/json', data: bytes(data), metadata: bytes(metadata) };
}

function expectedOf({ expectedRevision }: AppendOptions): Expected {
  return typeof expectedRevision === 'bigint' ? Number(expectedRevision) : expectedRevision;
}

function startOf(position: Position): number {
  if (position === 'start') return 0;
  return position === 'end' ? Number.MAX_SAFE_INTEGER : Number(position.commit);
}

function answered(
  outcome: Outcome,
  {
    answer,
    options,
    refuse,
    stream,
  }: {
    readonly stream: string;
    readonly options: AppendOptions;
    readonly answer: (value: unknown) => void;
    readonly refuse: (error: Error) => void;
  },
): void {
  if (outcome.kind === 'written') {
    const at = BigInt(outcome.position ?? 0);
    answer({ success: true, nextExpectedRevision: BigInt(outcome.revision), position: { commit: at, prepare: at } });
  } else if (outcome.kind === 'wrong-revision') {
    const current = outcome.current === undefined ? 'no_stream' : BigInt(outcome.current);
    refuse(
      new WrongExpectedVersionError(undefined, { streamName: stream, expected: options.expectedRevision, current }),
    );
  } else refuse(unavailable());
}

function taken({ node }: ClientDeps, cursor: Cursor, max = Number.MAX_SAFE_INTEGER): readonly Resolved[] {
  const events: Resolved[] = [];
  for (let end = false; !end && events.length < max; ) {
    const look = cursor.next(max - events.length);
    events.push(...look.events.map((event) => node.resolve(event)));
    end = look.end;
  }
  return events;
}

interface ClientFilter {
  readonly prefixes?: readonly string[];
  readonly checkpointReached?: (subscription: unknown, position: { commit: bigint }) => Promise<void>;
}

function filterOf(filter: ClientFilter | undefined): EventFilter | undefined {
  const { prefixes } = filter ?? {};
  if (prefixes === undefined) return undefined;
  return { checkpointEvery: 1, matches: ({ type }) => prefixes.some((prefix) => type.startsWith(prefix)) };
}

type Ask = (store: EventStore, answer: (value: unknown) => void, refuse: (error: Error) => void) => void;

/** One call: its request may be lost or come twice, its answer may be lost; then nobody says anything, or the connection breaks. */
function ask({ network, node, process }: ClientDeps, what: string, work: Ask): Promise<unknown> {
  const { world } = process;
  return new Promise((resolve, reject) => {
    const back = (happen: () => void): void => world.after(network.streamDelay('node', process.name), happen, process);
    const fail = (fate: string): void => {
      world.trace.add(process.name, `${what}: ${fate}`);
      if (world.random.chance(0.5)) back(() => reject(unavailable()));
    };
    const arrive = (first: boolean): void => {
      const { process: server, store } = node;
      if (store === undefined || !server.alive || network.isCut(process.name, 'node')) {
        if (first) back(() => reject(unavailable()));
        return;
      }
      const isLost = network.lost();
      let over = false;
      server.run(() =>
        work(
          store,
          (value) => {
            over = true;
            if (isLost) fail('answer lost');
            else {
              world.trace.add(process.name, `${what}: written`);
              back(() => resolve(value));
            }
          },
          (error) => {
            over = true;
            world.trace.add(process.name, `${what}: ${error.name}`);
            back(() => reject(error));
          },
        ),
      );
      server.onKill(() => over || back(() => reject(unavailable())));
    };
    if (network.lost()) fail('request lost');
    else world.after(network.delay(), () => arrive(true));
    if (network.doubled()) world.after(network.delay() + network.delay(), () => arrive(false));
  });
}
