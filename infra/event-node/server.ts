import { Server, type ServerOptions } from '@grpc/grpc-js';
import { authority, bind, proveFree, serverCredentials, type TlsFiles } from './listen.ts';
import { Access, readUsers } from './service/access.ts';
import { Budget } from './service/budget.ts';
import type { Deps } from './service/deps.ts';
import { OpenCalls } from './service/open-calls.ts';
import { addServices } from './service/register.ts';
import { EventStore } from './storage/event-store.ts';

/** How a node is run. */
export interface NodeOptions {
  readonly dir: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly tls?: TlsFiles;
  /** JSON file of users; without it everybody may do everything. */
  readonly usersFile?: string;
  readonly log?: (message: string, facts?: Readonly<Record<string, unknown>>) => void;
}

export interface RunningNode {
  readonly port: number;
  /** What a client connects to. */
  readonly url: string;
  readonly store: EventStore;
  /** Resolves where the disk fails for good: the node serves nothing any more, and is to be stopped. */
  readonly failed: Promise<Error>;
  /** Answers what is in flight, ends every call, closes the files. */
  stop(): Promise<void>;
}

/** What the transport takes in at most. */
const transport = {
  // The client cuts batches at 3 MiB.
  'grpc.max_receive_message_length': 4 * 1_048_576,
  // Streams of one connection, as an EventStoreDB server has it: a client's further calls wait for their turn.
  'grpc.max_concurrent_streams': 100,
  'grpc-node.max_session_memory': 64,
  'grpc.keepalive_time_ms': 10_000,
};

/**
 * Calls that a connection may leave before their end: so many at once, and so many a second from then on. Leaving is how a subscription
 * ends, so Node's own limit, 1,000 and 33, would end connections of clients that do nothing wrong.
 */
const leaving = { streamResetBurst: 10_000, streamResetRate: 1_000 };

/** Reads, subscriptions and batch appends that may be open at once; each keeps a page of 256 KiB at most. */
const maxOpenCalls = 2_000;
/** Bytes of appends that may be coming in at once. */
const maxIncomingBytes = 64 * 1_048_576;

/**
 * Opens the directory and serves it.
 *
 * @throws {CannotOpen} before anything is changed, where an option, the address or the directory does not do
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { host, log = () => undefined, tls, usersFile } = options;
  const users = usersFile === undefined ? undefined : readUsers(usersFile);
  const credentials = serverCredentials(tls);
  await proveFree(options);
  let onFailure: (failure: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => {
    onFailure = resolve;
  });
  const onRefusal = (reason: string): void => log('writes are refused', { reason });
  const store = EventStore.open(options.dir, { onRefusal, onFailure });
  try {
    const calls = new OpenCalls(maxOpenCalls);
    const incoming = new Budget(maxIncomingBytes);
    const deps: Deps = { store, access: new Access(store.streams, users), now: Date.now, calls, incoming };
    const server = serverWith(transport, leaving);
    addServices(server, deps, log);
    const port = await bind(server, options, credentials);
    const url = `esdb://${authority({ host, port })}?tls=${tls !== undefined}`;
    return { port, url, store, failed, stop: () => stop(server, deps) };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** A server that hands options to Node's HTTP/2 which it has no option for itself. */
function serverWith(options: ServerOptions, ofHttp2: object): Server {
  const server = new Server(options);
  Object.assign((server as unknown as { readonly commonServerOptions: object }).commonServerOptions, ofHttp2);
  return server;
}

/** Milliseconds calls in flight have to take their answers. */
const graceMs = 500;

async function stop(server: Server, { calls, store }: Deps): Promise<void> {
  // Waiting writes are answered before the transport goes away, so that clients know.
  store.stopWriting();
  calls.endAll();
  await new Promise<void>((resolve) => {
    const force = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, graceMs);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
  await store.close();
}
