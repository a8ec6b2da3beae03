#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander';
import { MissingComponent } from '../../local/store.ts';
import { bitFlips } from './bit-flips.ts';
import { ioErrors } from './io-errors.ts';
import { type Failure, powerLoss } from './power-loss.ts';

interface Options {
  readonly seed: number;
  readonly count: number;
  readonly seconds: number;
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('give a whole number from 1 on.');
  return value;
}

function log(line: string): void {
  process.stdout.write(`${line}\n`);
}

function report(counts: Readonly<Record<string, unknown>>, failures: readonly Failure[]): void {
  for (const { dir, problems, seed, told } of failures) {
    log(`seed ${seed}, ${told}; kept in ${dir}`);
    for (const problem of problems.slice(0, 5)) log(`  ${problem}`);
  }
  log(JSON.stringify({ ...counts, failures: failures.length }));
  process.exitCode = failures.length === 0 ? 0 : 1;
}

const program = new Command('faults').description("What a disk can do to the event node's directory.");

function fault(name: string, description: string, run: (options: Options) => Promise<void>): void {
  program
    .command(name)
    .description(description)
    .option('--seed <number>', 'what chance begins with', whole, 1)
    .option('--count <number>', 'how many', whole, 100)
    .option('--seconds <number>', 'how long at most', whole, 600)
    .action((options: Options) =>
      run(options).catch((error: Error) => {
        process.stderr.write(`${error instanceof MissingComponent ? error.message : error.stack}\n`);
        process.exitCode = 2;
      }),
    );
}

fault('power-loss', 'the power is cut under load', async ({ count, seconds, seed }) => {
  const { failures, ...counts } = await powerLoss({ seed, images: count, budgetMs: seconds * 1_000, log });
  report(counts, failures);
});
fault('io-errors', 'the n-th call to the disk is refused', async ({ count, seconds, seed }) => {
  const { failures, ...counts } = await ioErrors({ seed, refusals: count, budgetMs: seconds * 1_000, log });
  report(counts, failures);
});
fault('bit-flips', 'a bit of a file is turned over', async ({ count, seconds, seed }) => {
  const { failures, ...counts } = await bitFlips({ seed, flips: count, budgetMs: seconds * 1_000, log });
  report(counts, failures);
});

await program.parseAsync();
