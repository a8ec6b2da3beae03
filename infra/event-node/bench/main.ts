import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { appends } from '../../bench/event-log.ts';
import { median } from '../../bench/figures.ts';
import { roundTripMs, runtimeStartMs, syncedWrites } from '../../bench/floor.ts';
import { table } from '../../bench/report.ts';
import { holds, type Row } from '../../bench/row.ts';
import { decodedEvents } from './decoded.ts';
import { appendToSubscriber, fill, reads } from './measures.ts';
import { type Running, start } from './node.ts';

interface Options {
  readonly seconds: number;
  readonly events: number;
  readonly rounds: number;
}

function say(text: string): void {
  process.stderr.write(`  ${text}\n`);
}

/** Speed of appends and of an event's way to a subscriber. Floor and node take turns, so that both meet the same disk. */
async function speed(dir: string, { rounds, seconds }: Options): Promise<Row[]> {
  const node = await start(join(dir, 'speed'));
  const disk: number[] = [];
  const one: number[] = [];
  const many: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    say(`appends, round ${round} of ${rounds}`);
    disk.push(syncedWrites(join(dir, 'floor'), seconds / 2));
    one.push(await appends(node.client, 1, seconds));
    many.push(await appends(node.client, 64, seconds));
  }
  const latency = await appendToSubscriber(node.client, 500);
  await node.stop();
  const synced = { value: median(disk), of: 'synced writes of 600 bytes, one at a time' };
  const trip = { value: await roundTripMs(500), of: 'for a bare loopback round trip' };
  return [
    {
      name: 'durable appends, one at a time',
      ours: median(one),
      unit: '/s',
      goals: [{ atLeast: 1_000 }],
      floor: synced,
    },
    {
      name: 'durable appends, 64 in flight',
      ours: median(many),
      unit: '/s',
      goals: [{ atLeast: 6_000 }],
      floor: synced,
    },
    { name: 'append to subscriber, median', ours: latency, unit: 'ms', goals: [{ below: 3 }], floor: trip },
  ];
}

/** What a large directory costs: reading, memory, start. */
async function size(dir: string, { events, rounds, seconds }: Options): Promise<Row[]> {
  const path = join(dir, 'large');
  let node = await start(path);
  const idle = node.residentMiB();
  const memory = await filled(node, events);
  const read: number[] = [];
  for (let round = 0; round < rounds; round++) read.push(await reads(node.client, Math.min(events, 100_000)));
  await node.stop();
  node = await start(path);
  const { startedMs } = node;
  await node.stop();
  const decoded = { value: decodedEvents(seconds / 2), of: "decoded by the client's classes alone" };
  const runtime = { value: await runtimeStartMs(), of: 'for the runtime alone' };
  const beside = { value: idle, of: 'for an empty node' };
  return [
    { name: 'events read', ours: median(read), unit: '/s', goals: [{ atLeast: 30_000 }], floor: decoded },
    { name: `start on ${events} events`, ours: startedMs, unit: 'ms', goals: [{ below: 2_000 }], floor: runtime },
    ...memoryRows(memory, events, beside),
  ];
}

/** Memory at a moment, in MiB. */
interface Memory {
  readonly resident: number;
  readonly live: number;
}

/** Fills the node, and tells of its memory on the way. */
async function filled(node: Running, events: number): Promise<Memory[]> {
  const memory: Memory[] = [];
  await fill(node.client, events, (written) => {
    memory.push({ resident: node.residentMiB(), live: node.liveHeapMiB() });
    if (memory.length % 10 === 0) say(`${written} of ${events} events written, each to a stream of its own`);
  });
  return memory;
}

/**
 * The most memory there was, and what ten times the events would need if what garbage collections leave went on growing as it did in
 * the second half.
 */
function memoryRows(samples: readonly Memory[], events: number, floor: NonNullable<Row['floor']>): Row[] {
  const half = Math.floor(samples.length / 2);
  const most = Math.max(...samples.map(({ resident }) => resident));
  const live = samples.map((sample) => sample.live);
  const growth = median(live.slice(half)) - median(live.slice(Math.floor(half / 5), half));
  const estimate = most + 18 * Math.max(growth, 0);
  const name = `memory, up to ${events} events and streams`;
  return [
    { name, ours: most, unit: 'MiB', goals: [{ below: 400 }], floor },
    {
      name: `memory, estimated for ${events * 10} events`,
      ours: estimate,
      unit: 'MiB',
      goals: [{ below: 1_024 }],
      floor,
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
  const rows = [...(await speed(dir, options)), ...(await size(dir, options))];
  const machine = `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores`;
  process.stdout.write(values.json ? `${JSON.stringify({ machine, rows })}\n` : `${machine}\n${table(rows)}`);
  if (!rows.every(holds)) process.exitCode = 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
