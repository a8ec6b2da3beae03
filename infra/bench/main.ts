import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Asked, readArguments } from './arguments.ts';
import { circumstances, machineLine } from './machine.ts';
import type { Context, Measure } from './measure.ts';
import { requirePeers } from './peers.ts';
import { type Plot, svg } from './plot.ts';
import { duration } from './progress.ts';
import { recorded, table } from './report.ts';
import { holds, type Row } from './row.ts';
import { Usage } from './usage.ts';

const say = (text: string): void => void process.stderr.write(`  ${text}\n`);

/** The measures, by their files' order of names. */
async function found(): Promise<readonly Measure[]> {
  const dir = join(import.meta.dirname, 'measures');
  const files = readdirSync(dir).filter((file) => /\.[jt]s$/.test(file));
  const modules = files.sort().map((file) => import(join(dir, file)) as Promise<{ measure: Measure }>);
  return (await Promise.all(modules)).map(({ measure }) => measure);
}

/** Ends what the measure under way has started. */
let end = async (): Promise<void> => undefined;

/** Runs one measure in a directory of its own, and leaves nothing of it behind. */
async function rowsOf(measure: Measure, asked: Asked, plots: Plot[]): Promise<readonly Row[]> {
  say(`${measure.name}: ${measure.about}`);
  const dir = mkdtempSync(join(tmpdir(), 'keyledger-bench-'));
  // PostgreSQL's own user passes through here when this runs as root.
  chmodSync(dir, 0o711);
  const ends: (() => Promise<unknown> | unknown)[] = [];
  end = async () => {
    for (const step of ends.splice(0).reverse()) await step();
    rmSync(dir, { recursive: true, force: true });
  };
  const { full, quick, rounds, seconds } = asked;
  const plot = (each: Plot): void => void plots.push(each);
  const context: Context = { rounds, seconds, quick, full, dir, say, plot, atEnd: (step) => void ends.push(step) };
  const began = performance.now();
  try {
    return await measure.run(context);
  } finally {
    await end();
    say(`${measure.name} took ${duration((performance.now() - began) / 1_000)}`);
  }
}

/** A run that is called off leaves nothing running. */
function endAtSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      say('called off');
      void end().finally(() => process.exit(130));
    });
}

function lineOf({ about, name, needsPeers }: Measure): string {
  return `${name.padEnd(16)}${about}${needsPeers ? ' (needs the peers)' : ''}\n`;
}

async function run(asked: Asked): Promise<void> {
  if (asked.measures.some(({ needsPeers }) => needsPeers)) requirePeers(say);
  const about = {
    ...circumstances(),
    startedAt: new Date().toISOString(),
    rounds: asked.rounds,
    quick: asked.quick,
    full: asked.full,
  };
  const head = machineLine();
  const rows: Row[] = [];
  const plots: Plot[] = [];
  for (const measure of asked.measures) rows.push(...(await rowsOf(measure, asked, plots)));
  mkdirSync(asked.out, { recursive: true });
  for (const plot of plots) writeFileSync(join(asked.out, `${plot.name}.svg`), svg(plot));
  const missed = rows.filter((row) => !holds(row)).length;
  const report = { ...about, holds: missed === 0, rows: rows.map(recorded), plots };
  writeFileSync(join(asked.out, 'bench.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  process.stdout.write(`${head}\n${table(rows)}`);
  say(`${rows.length} rows, ${missed} with a goal missed; written to ${join(asked.out, 'bench.json')}`);
  if (missed > 0) process.exitCode = 1;
}

try {
  const asked = readArguments(process.argv.slice(2), await found());
  if (asked.list) for (const measure of asked.measures) process.stdout.write(lineOf(measure));
  else {
    endAtSignals();
    await run(asked);
  }
} catch (error) {
  if (!(error instanceof Usage)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}
