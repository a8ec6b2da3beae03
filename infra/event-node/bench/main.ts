import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { EventStoreDBClient, jsonEvent, START } from '@eventstore/db-client';
import { syncedWrites } from './floor.ts';

/** One line of the table. */
interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: string;
  readonly holds: boolean;
  /** What stands beside it, such as the share of the machine's floor. */
  readonly beside: string;
}

interface Running {
  readonly client: EventStoreDBClient;
  readonly pid: number;
  readonly startedMs: number;
  stop(): Promise<void>;
}

const program = join(import.meta.dirname, '../main.js');
const data = { note: 'x'.repeat(400) };

async function start(dir: string): Promise<Running> {
  const began = performance.now();
  const child = spawn(process.execPath, [program, '--dir', dir, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const startedMs = performance.now() - began;
  const client = EventStoreDBClient.connectionString((JSON.parse(line) as { url: string }).url);
  return {
    client,
    pid: child.pid ?? 0,
    startedMs,
    stop: async () => {
      await client.dispose();
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Appends a second with so many in flight. */
async function appends(client: EventStoreDBClient, inFlight: number, seconds: number): Promise<number> {
  const began = performance.now();
  const end = began + seconds * 1_000;
  let count = 0;
  const writer = async (n: number): Promise<void> => {
    while (performance.now() < end) {
      await client.appendToStream(`bench-${inFlight}-${n}`, jsonEvent({ type: 'Benched', data }));
      count++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, n) => writer(n)));
  return count / ((performance.now() - began) / 1_000);
}

async function reads(client: EventStoreDBClient, events: number): Promise<number> {
  const began = performance.now();
  let count = 0;
  for await (const _ of client.readAll({ fromPosition: START, maxCount: events })) count++;
  return count / ((performance.now() - began) / 1_000);
}

/** Milliseconds from the call of an append to the event at a subscriber; the median of many. */
async function appendToSubscriber(client: EventStoreDBClient, times: number): Promise<number> {
  const subscription = client.subscribeToStream('latency', { fromRevision: START });
  const arrivals: ((at: number) => void)[] = [];
  subscription.on('error', () => undefined);
  subscription.on('data', () => arrivals.shift()?.(performance.now()));
  await new Promise<void>((resolve) => subscription.once('caughtUp', resolve));
  const taken: number[] = [];
  for (let n = 0; n < times; n++) {
    const began = performance.now();
    const arrived = new Promise<number>((resolve) => arrivals.push(resolve));
    await client.appendToStream('latency', jsonEvent({ type: 'Timed', data }));
    taken.push((await arrived) - began);
  }
  await subscription.unsubscribe();
  return median(taken);
}

/** Fills with so many events, ten to a stream. */
async function fill(client: EventStoreDBClient, events: number): Promise<void> {
  const perAppend = 10;
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < events) {
      const stream = `fill-${next}`;
      next += perAppend;
      await client.appendToStream(
        stream,
        Array.from({ length: perAppend }, () => jsonEvent({ type: 'Filled', data: { n: next } })),
      );
      if (next % 100_000 === 0) process.stderr.write(`\r  ${next} of ${events} events written`);
    }
  };
  await Promise.all(Array.from({ length: 128 }, writer));
  process.stderr.write('\n');
}

function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  // Pages of the mapped file are the system's cache, not the node's memory.
  return field('RssAnon') / 1_024;
}

function speed(name: string, value: number, goal: number, floor?: number): Row {
  const beside = floor === undefined ? '' : `${(value / floor).toFixed(2)} of the floor`;
  return { name, value: Math.round(value), unit: '/s', goal: `≥ ${goal}`, holds: value >= goal, beside };
}

async function measure(dir: string, options: { seconds: number; events: number; rounds: number }): Promise<Row[]> {
  const { events, rounds, seconds } = options;
  let node = await start(join(dir, 'speed'));
  const floors: number[] = [];
  const one: number[] = [];
  const many: number[] = [];
  for (let round = 0; round < rounds; round++) {
    floors.push(syncedWrites(join(dir, 'floor'), seconds / 2));
    one.push(await appends(node.client, 1, seconds));
    many.push(await appends(node.client, 64, seconds));
  }
  const latency = await appendToSubscriber(node.client, 300);
  await node.stop();
  node = await start(join(dir, 'large'));
  await fill(node.client, events);
  const read: number[] = [];
  for (let round = 0; round < rounds; round++) read.push(await reads(node.client, Math.min(events, 100_000)));
  const memory = residentMiB(node.pid);
  await node.stop();
  node = await start(join(dir, 'large'));
  const { startedMs } = node;
  await node.stop();
  const floor = median(floors);
  return [
    {
      name: 'floor: synced writes, one at a time',
      value: Math.round(floor),
      unit: '/s',
      goal: '',
      holds: true,
      beside: '',
    },
    speed('durable appends, one at a time', median(one), 1_000, floor),
    speed('durable appends, 64 in flight', median(many), 6_000, floor),
    speed('events read', median(read), 30_000),
    {
      name: 'append to subscriber, median',
      value: Number(latency.toFixed(2)),
      unit: 'ms',
      goal: '< 3',
      holds: latency < 3,
      beside: '',
    },
    {
      name: `start on ${events} events`,
      value: Math.round(startedMs),
      unit: 'ms',
      goal: '< 2000',
      holds: startedMs < 2_000,
      beside: '',
    },
    {
      name: `memory after ${events} events in ${events / 10} streams`,
      value: Math.round(memory),
      unit: 'MiB',
      goal: '< 400',
      holds: memory < 400,
      beside: 'caches are bounded: ten times the streams need no more',
    },
  ];
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    events: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const dir = mkdtempSync(join(tmpdir(), 'keyledger-bench-'));
try {
  const options = { seconds: Number(values.seconds), events: Number(values.events), rounds: Number(values.rounds) };
  const rows = await measure(dir, options);
  if (values.json) process.stdout.write(`${JSON.stringify({ node: process.version, rows })}\n`);
  else {
    for (const row of rows) {
      const verdict = row.goal === '' ? '' : `${row.goal}  ${row.holds ? 'holds' : 'MISSED'}`;
      process.stdout.write(
        `${row.name.padEnd(56)}${String(row.value).padStart(9)} ${row.unit.padEnd(4)} ${verdict.padEnd(20)} ${row.beside}\n`,
      );
    }
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
