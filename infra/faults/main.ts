import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { guardDirectory } from '../local/guard.ts';
import { MissingComponent } from '../local/store.ts';
import { type Chosen, named, names } from './faults/all.ts';
import { run } from './run.ts';

interface Options {
  readonly seed: number;
  readonly seconds: number;
  readonly strikes?: number;
  readonly faults?: string;
  readonly soak?: true;
  readonly keep?: true;
}

/** Strikes between two checks: a check replays the log. */
const checkEvery = 50;
/** The part of the time that each fault of the disk has, beside what a whole system has. */
const diskShare = 1 / 6;

function whole(what: string, least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`${what} is a whole number from ${least} on.`);
  };
}

const program = new Command('test:faults')
  .description('breaks a running system in every way it knows, and checks what clients saw against what is there')
  .option('--seed <number>', 'of the faults and of what clients do', whole('a seed', 0), Date.now() % 2 ** 31)
  .option('--seconds <number>', 'for how long faults strike', whole('a time', 1), 30)
  .option('--strikes <number>', 'how many faults strike a whole system, whatever time it takes', whole('a count', 1))
  .option('--faults <names>', `which faults, separated by commas: ${names.join(', ')}; all where absent`)
  .option('--soak', `go on until interrupted, checking every ${checkEvery} strikes`)
  .option('--keep', 'leave the data where it is')
  .action((options: Options) => main(options));

const begun = performance.now();

function tell(line: string): void {
  process.stdout.write(`${((performance.now() - begun) / 1_000).toFixed(1).padStart(7)} s  ${line}\n`);
}

async function main(options: Options): Promise<void> {
  const chosen = named(options.faults);
  if (typeof chosen === 'string') return fail(chosen);
  tell(`seed ${options.seed}`);
  try {
    if (chosen.faults.length > 0) await breakSystem(options, chosen);
    for (const fault of chosen.disk) await breakDisk(options, fault);
    if (process.exitCode === undefined) tell('sound');
  } catch (error) {
    if (error instanceof MissingComponent) fail(error.message);
    else fail(`with --seed ${options.seed}: ${(error as Error).stack}`);
  }
}

async function breakSystem(options: Options, { faults }: Chosen): Promise<void> {
  const { keep, seed } = options;
  const dir = mkdtempSync(join(tmpdir(), 'keyledger-faults-'));
  chmodSync(dir, 0o711);
  const callOff = keep ? () => undefined : guardDirectory(dir);
  try {
    const { violations, ...counts } = await run({ dir, seed, faults, goOn: until(options), checkEvery, tell });
    tell(
      Object.entries(counts)
        .map(([what, count]) => `${count} ${what}`)
        .join(', '),
    );
    for (const { check, detail, tenant } of violations.slice(0, 50)) tell(`VIOLATION ${check} (${tenant}): ${detail}`);
    if (violations.length > 0)
      fail(`${violations.length} violations; --seed ${seed} with the same faults asks for the same again.`);
  } finally {
    if (keep) tell(`the data is in ${dir}`);
    else rmSync(dir, { recursive: true, force: true });
    callOff();
  }
}

/** Whether to strike again. The time counts from the first strike. */
function until({ seconds, soak, strikes }: Options): (struck: number) => boolean {
  let interrupted = false;
  let since: number | undefined;
  process.once('SIGINT', () => {
    interrupted = true;
  });
  return (struck) => {
    if (interrupted) return false;
    if (soak) return true;
    since ??= performance.now();
    return strikes === undefined ? performance.now() - since < seconds * 1_000 : struck < strikes;
  };
}

async function breakDisk({ seconds, seed }: Options, fault: Chosen['disk'][number]): Promise<void> {
  const budgetMs = Math.max(5, seconds * diskShare) * 1_000;
  tell(fault.name);
  const { failures, ...counts } = await fault.try({ seed, budgetMs, log: tell });
  tell(JSON.stringify(counts));
  for (const { dir, problems, told } of failures) tell(`VIOLATION ${told}, kept in ${dir}: ${problems[0]}`);
  if (failures.length > 0) fail(`${failures.length} violations; --faults ${fault.name} --seed ${failures[0]?.seed}`);
}

function fail(sentence: string): void {
  process.stderr.write(`test:faults: ${sentence}\n`);
  process.exitCode = 1;
}

await program.parseAsync();
