import type { EventStoreDBClient } from '@eventstore/db-client';
import {
  type CallOptions,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type Metadata,
} from '@grpc/grpc-js';
import { type AppendAnswer, decodeAppended } from './append-wire.ts';
import { decodeRead, type ReadEvent } from './read-wire.ts';

export type AppendCall = ClientDuplexStream<Uint8Array, AppendAnswer>;
/** Undefined for what tells of no event. */
export type ReadCall = ClientReadableStream<ReadEvent | undefined>;

const service = '/event_store.client.streams.Streams';
export const batchAppendPath = `${service}/BatchAppend`;

const asItIs = (bytes: Uint8Array): Buffer => bytes as Buffer;

/** The hot calls of the protocol's service, with messages of our own making. */
export class Streams extends Client {
  batchAppend(metadata: Metadata, options: CallOptions): AppendCall {
    return this.makeBidiStreamRequest(batchAppendPath, asItIs, decodeAppended, metadata, options);
  }

  read(request: Uint8Array, metadata: Metadata, options: CallOptions): ReadCall {
    return this.makeServerStreamRequest(`${service}/Read`, asItIs, decodeRead, request, metadata, options);
  }
}

/** The client's own connection, as its own calls use it: credentials, discovery, reconnection and disposal stay the client's. */
export interface Connection {
  readonly supports: (method: { readonly path: string }) => Promise<boolean>;
  readonly callArguments: (options: object, call: CallOptions) => [Metadata, CallOptions];
  readonly getGRPCClient: (client: typeof Streams, name: string) => Promise<Streams>;
  /** Connects anew where the error is one of those that mean it. */
  readonly handleError: (client: Streams, error: Error) => Promise<void>;
  readonly GRPCStreamCreator: <Call extends AppendCall | ReadCall>(
    client: typeof Streams,
    name: string,
    create: (client: Streams) => Call,
    cache?: WeakMap<Streams, Call | Promise<Call>>,
  ) => () => Promise<Call>;
}

const needed = [
  'GRPCStreamCreator',
  'callArguments',
  'getGRPCClient',
  'handleError',
  'supports',
] as const satisfies readonly (keyof Connection)[];

/** Undefined for a client that has none of the kind: then its own calls serve. */
export function connectionOf(client: EventStoreDBClient): Connection | undefined {
  return needed.every((name) => name in client) ? (client as unknown as Connection) : undefined;
}

/** For calls that last: none of them has a deadline, as none of the client's has. */
export const withoutDeadline: CallOptions = { deadline: Number.POSITIVE_INFINITY };
