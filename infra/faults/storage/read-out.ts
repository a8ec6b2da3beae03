import { EventStoreDBClient, START, StreamNotFoundError } from '@eventstore/db-client';
import { type RunningNode, startNode } from '../../event-node/server.ts';
import { verify } from '../../event-node/storage/verify.ts';
import { digestOf } from './facts.ts';

/** The error of a read that says there is nothing to read. */
export const notFound = 'not found';

/** What a read showed, event by event, and the error it ended with. */
export interface Shown {
  readonly events: readonly string[];
  readonly error?: string;
}

/** Everything a node shows of a directory. */
export interface ReadOut {
  /** Why it does not start. */
  readonly refused?: string;
  readonly all: Shown;
  readonly streams: Readonly<Record<string, Shown>>;
  /** Whether the directory's own check found it whole, before anything was written. */
  readonly verified: boolean;
  /** Streams shown as empty that take a first event: each has one already. */
  readonly doubled: readonly string[];
}

/** Starts the node on a directory, and reads `$all` and each of these streams through a client. */
export async function readOut(dir: string, streams: readonly string[]): Promise<ReadOut> {
  const verified = await isWhole(dir);
  let node: RunningNode;
  try {
    node = await startNode({ dir, host: '127.0.0.1', port: 0 });
  } catch (error) {
    return { refused: (error as Error).message, all: { events: [] }, streams: {}, verified, doubled: [] };
  }
  const client = EventStoreDBClient.connectionString(node.url);
  try {
    const all = await show(client.readAll());
    const shown: Record<string, Shown> = {};
    for (const stream of streams) shown[stream] = await show(client.readStream(stream, { fromRevision: START }));
    const doubled: string[] = [];
    for (const [stream, { events }] of Object.entries(shown))
      if (events.length === 0 && (await isDoubled(client, stream))) doubled.push(stream);
    return { all, streams: shown, verified, doubled };
  } finally {
    await client.dispose();
    await node.stop();
  }
}

async function isWhole(dir: string): Promise<boolean> {
  try {
    const { damaged, wrongEntries } = await verify(dir);
    return damaged.length + wrongEntries === 0;
  } catch {
    return false;
  }
}

type Resolved = AsyncIterable<{
  readonly event?:
    | {
        readonly id: string;
        readonly type: string;
        readonly streamId: string;
        readonly revision: bigint;
        readonly data: unknown;
        readonly position?: { readonly commit: bigint } | undefined;
      }
    | undefined;
}>;

async function show(resolved: Resolved): Promise<Shown> {
  const events: string[] = [];
  try {
    for await (const { event } of resolved) {
      if (event === undefined) continue;
      const data = event.data instanceof Uint8Array ? event.data : Buffer.from(JSON.stringify(event.data));
      events.push(`${event.streamId}@${event.revision} ${event.id} ${digestOf(event.type, data)}`);
    }
    return { events };
  } catch (error) {
    if (error instanceof StreamNotFoundError) return { events, error: notFound };
    return { events, error: (error as Error).message || (error as Error).name };
  }
}

async function isDoubled(client: EventStoreDBClient, stream: string): Promise<boolean> {
  const event = { id: crypto.randomUUID(), type: 'Again', contentType: 'application/json' as const, data: {} };
  try {
    await client.appendToStream(stream, { ...event, metadata: undefined }, { expectedRevision: 'no_stream' });
    return true;
  } catch {
    return false;
  }
}
