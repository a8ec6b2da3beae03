import { Command, InvalidArgumentError } from 'commander';
import { bugs } from '../support/simulation/bugs.ts';
import { describeRun } from '../support/simulation/report.ts';
import { simulate } from '../support/simulation/simulate.ts';

interface Options {
  readonly seed: number;
  readonly seeds: number;
  readonly trace: number;
  readonly bug?: number;
}

/** Seeds between two lines about a long run. */
const tellEvery = 250;

const program = new Command()
  .name('npm run test:simulation --')
  .description('Runs log, projector, reactions and pipeline in a simulated world, one seed a run.')
  .option('--seed <number>', 'the first seed', whole, 1)
  .option('--seeds <number>', 'how many seeds', count, 500)
  .option('--trace <lines>', 'lines of the trace that are shown where a seed fails', whole, 80)
  .option('--bug <number>', `plants a bug, 1 to ${bugs.length}`, bugNumber);

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 0 to 999999999.');
  return Number(text);
}

function count(text: string): number {
  const number = whole(text);
  if (number === 0) throw new InvalidArgumentError('Give a whole number from 1 on: no seed shows nothing.');
  return number;
}

function bugNumber(text: string): number {
  const number = whole(text);
  if (bugs[number - 1] === undefined) throw new InvalidArgumentError(`Give a number from 1 to ${bugs.length}.`);
  return number;
}

async function main({ bug: bugIs, seed: first, seeds, trace }: Options): Promise<void> {
  const bug = bugIs === undefined ? undefined : bugs[bugIs - 1];
  if (bug !== undefined) say(`planted: ${bug.what}`);
  const began = performance.now();
  let worldMs = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    const run = await simulate(seed, bug);
    worldMs += run.worldMs;
    const done = seed - first + 1;
    if (done % tellEvery === 0 && done < seeds) say(`${done} seeds hold so far`);
    if (run.violation !== undefined) {
      say(describeRun(run, trace));
      process.exitCode = 1;
      return;
    }
  }
  const seconds = (performance.now() - began) / 1_000;
  const hours = (worldMs / 3_600_000).toFixed(1);
  say(`${seeds} seeds from ${first} hold: ${(seeds / seconds).toFixed(1)} a second, ${hours} hours of their worlds`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main(program.parse().opts<Options>());
