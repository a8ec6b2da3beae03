import { EventStoreDBClient, START } from '@eventstore/db-client';
import { type RunningNode, startNode } from '../../event-node/server.ts';
import { verify } from '../../event-node/storage/verify.ts';
import { digestOf, type Expectation, trimmedPrefix } from './facts.ts';

interface Found {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly digest: string;
}

/**
 * Starts the real node on a directory and holds what its client then reads against what was asked and acknowledged; appends to every
 * stream; and has the directory verified.
 *
 * @returns what is wrong, a sentence each
 */
export async function checkDirectory(dir: string, expectation: Expectation): Promise<readonly string[]> {
  let node: RunningNode;
  try {
    node = await startNode({ dir, host: '127.0.0.1', port: 0 });
  } catch (error) {
    return [`The node does not start: ${(error as Error).message}`];
  }
  const client = EventStoreDBClient.connectionString(node.url);
  try {
    return [...(await checkEvents(client, expectation)), ...(await checkVerified(dir))];
  } catch (error) {
    return [`A call to the node fails: ${(error as Error).message}`];
  } finally {
    await client.dispose();
    await node.stop();
  }
}

async function checkVerified(dir: string): Promise<readonly string[]> {
  const { damaged, wrongEntries } = await verify(dir);
  if (damaged.length + wrongEntries === 0) return [];
  return [`verify finds ${damaged.length} damaged events and ${wrongEntries} wrong entries.`];
}

async function checkEvents(client: EventStoreDBClient, expectation: Expectation): Promise<readonly string[]> {
  const all = await readAll(client);
  const problems = [...checkOrder(all), ...checkAsked(all, expectation), ...checkAcknowledged(all, expectation)];
  const last = new Map<string, number>();
  for (const { revision, stream } of all) last.set(stream, Math.max(revision, last.get(stream) ?? -1));
  for (const [stream, revision] of last) {
    problems.push(...(await checkStream(client, stream, all)));
    problems.push(...(await checkAppend(client, stream, revision)));
  }
  return [...problems, ...(await checkAppend(client, 'after-the-cut', -1))];
}

async function readAll(client: EventStoreDBClient): Promise<readonly Found[]> {
  const found: Found[] = [];
  for await (const { event } of client.readAll()) {
    if (event === undefined || event.streamId.startsWith('$')) continue;
    const data = Buffer.from(event.data as Uint8Array);
    found.push({
      id: event.id,
      stream: event.streamId,
      revision: Number(event.revision),
      position: event.position.commit,
      digest: digestOf(event.type, data),
    });
  }
  return found;
}

/** Positions rise, and the revisions of a stream follow each other, from 0 where nothing is trimmed. */
function checkOrder(all: readonly Found[]): string[] {
  const problems: string[] = [];
  const next = new Map<string, number>();
  let before = 0n;
  for (const { position, revision, stream } of all) {
    if (position <= before) problems.push(`Position ${position} stands behind ${before}.`);
    before = position;
    const expected = next.get(stream) ?? (stream.startsWith(trimmedPrefix) ? revision : 0);
    if (revision !== expected) problems.push(`${stream} has revision ${revision} where ${expected} belongs.`);
    next.set(stream, revision + 1);
  }
  return problems;
}

function checkAsked(all: readonly Found[], { asked }: Expectation): string[] {
  const byId = new Map(asked.map((event) => [event.id, event]));
  const problems: string[] = [];
  for (const { digest, id, revision, stream } of all) {
    const sent = byId.get(id);
    byId.delete(id);
    if (sent?.digest !== digest || sent.stream !== stream)
      problems.push(`${stream}@${revision} is not what was sent, or is there twice.`);
  }
  return problems;
}

function checkAcknowledged(all: readonly Found[], { acknowledged }: Expectation): string[] {
  const byId = new Map(all.map((event) => [event.id, event]));
  const firsts = new Map<string, number>();
  for (const { revision, stream } of all) firsts.set(stream, Math.min(revision, firsts.get(stream) ?? revision));
  return acknowledged.flatMap(({ id, revision, stream }) => {
    const found = byId.get(id);
    const isTrimmed = stream.startsWith(trimmedPrefix) && (revision ?? 0) < (firsts.get(stream) ?? 0);
    if (isTrimmed || (found !== undefined && (revision ?? found.revision) === found.revision)) return [];
    return [`${stream}@${revision} was acknowledged and is ${found === undefined ? 'lost' : `at ${found.revision}`}.`];
  });
}

/** The stream read by itself is what $all shows of it. */
async function checkStream(client: EventStoreDBClient, stream: string, all: readonly Found[]): Promise<string[]> {
  const expected = all.filter((event) => event.stream === stream).map(({ id }) => id);
  const ids: string[] = [];
  for await (const { event } of client.readStream(stream, { fromRevision: START })) ids.push(event?.id ?? '');
  const tail = stream.startsWith(trimmedPrefix) ? expected.slice(expected.length - ids.length) : expected;
  return ids.join() === tail.join() ? [] : [`${stream} read by itself has other events than $all shows of it.`];
}

async function checkAppend(client: EventStoreDBClient, stream: string, last: number): Promise<string[]> {
  const expectedRevision = last < 0 ? 'no_stream' : BigInt(last);
  const event = {
    id: crypto.randomUUID(),
    type: 'After',
    contentType: 'application/json',
    data: {},
    metadata: undefined,
  };
  const { nextExpectedRevision } = await client.appendToStream(
    stream,
    { ...event, contentType: 'application/json' },
    { expectedRevision },
  );
  return Number(nextExpectedRevision) === last + 1 ? [] : [`${stream} does not go on where it ended.`];
}
