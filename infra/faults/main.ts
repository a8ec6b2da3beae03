import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { guardDirectory } from '../local/guard.ts';
import { faults as all, named } from './faults/all.ts';
import { run } from './run.ts';

interface Options {
  readonly seed: number;
  readonly seconds: number;
  readonly strikes?: number;
  readonly faults?: string;
  readonly soak?: true;
  readonly keep?: true;
}

function whole(what: string, least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`${what} is a whole number from ${least} on.`);
  };
}

const names = all.map(({ name }) => name).join(', ');

const program = new Command('test:faults')
  .description('breaks a running system in every way it knows, and checks what clients saw against what is there')
  .option('--seed <number>', 'of the faults and of what clients do', whole('a seed', 0), Date.now() % 2 ** 31)
  .option('--seconds <number>', 'for how long faults strike', whole('a time', 1), 30)
  .option('--strikes <number>', 'how many faults strike, whatever time it takes', whole('a count', 1))
  .option('--faults <names>', `which faults, separated by commas: ${names}; all where absent`)
  .option('--soak', 'go on until interrupted, checking every 50 strikes')
  .option('--keep', 'leave the data where it is')
  .action((options: Options) => main(options));

async function main(options: Options): Promise<void> {
  const { keep, seed, soak, strikes } = options;
  const faults = named(options.faults);
  if (typeof faults === 'string') return fail(faults);
  const dir = mkdtempSync(join(tmpdir(), 'keyledger-faults-'));
  chmodSync(dir, 0o711);
  const callOff = keep ? () => undefined : guardDirectory(dir);
  const begun = performance.now();
  const tell = (line: string): void => {
    process.stdout.write(`${((performance.now() - begun) / 1_000).toFixed(1).padStart(7)} s  ${line}\n`);
  };
  let interrupted = false;
  let since: number | undefined;
  process.once('SIGINT', () => {
    interrupted = true;
  });
  const goOn = (struck: number): boolean => {
    if (interrupted) return false;
    if (soak) return true;
    since ??= performance.now();
    return strikes === undefined ? performance.now() - since < options.seconds * 1_000 : struck < strikes;
  };
  tell(`seed ${seed}, faults ${faults.map(({ name }) => name).join(', ')}`);
  try {
    const { violations, ...counts } = await run({ dir, seed, faults, goOn, checkEvery: 50, tell });
    tell(
      Object.entries(counts)
        .map(([what, count]) => `${count} ${what}`)
        .join(', '),
    );
    for (const { check, detail, tenant } of violations.slice(0, 50)) tell(`VIOLATION ${check} (${tenant}): ${detail}`);
    if (violations.length > 0) fail(`${violations.length} violations; --seed ${seed} asks for the same faults again.`);
    else tell('sound');
  } catch (error) {
    fail(`with --seed ${seed}: ${(error as Error).stack}`);
  } finally {
    if (keep) tell(`the data is in ${dir}`);
    else rmSync(dir, { recursive: true, force: true });
    callOff();
  }
}

function fail(sentence: string): void {
  process.stderr.write(`test:faults: ${sentence}\n`);
  process.exitCode = 1;
}

await program.parseAsync();
