#!/usr/bin/env -S node --max-semi-space-size=8
import { Command } from 'commander';
import { ConfigError } from '../config-error.ts';
import { version } from '../kernel/version.ts';
import { addAudit } from './audit.ts';
import { addDoctor } from './doctor.ts';
import { addLog } from './log.ts';
import { CommandFailed } from './output.ts';
import { addProjections } from './projections.ts';
import { addResetPassword } from './reset-password.ts';
import { addRun } from './run.ts';
import { addTour } from './tour.ts';
import { addVerify } from './verify.ts';

const program = new Command('keyledger')
  .description('An event-sourced control plane for keys, secrets, access and the proof of what happened to them.')
  .version(version)
  .option('--json', 'say results as JSON, one document a line', false)
  // An option behind a command is the command's own: audit who-did has a --version that is not this program's.
  .enablePositionalOptions()
  .showHelpAfterError();

for (const add of [addRun, addLog, addProjections, addVerify, addAudit, addTour, addDoctor, addResetPassword])
  add(program);

/** Errors whose message says all there is to say. */
const sentences = new Set([
  'NotBuilt',
  'NotMigrated',
  'RootKeyError',
  'ConfigError',
  'DirectoryInUse',
  'MissingComponent',
  'StoreFailed',
  'StoreUnavailable',
  'LogUnavailable',
  'LogBehind',
]);

/** `--json` is the program's, and may stand anywhere. */
const [asked, others] = [
  process.argv.filter((arg) => arg === '--json'),
  process.argv.filter((arg) => arg !== '--json'),
];

program.parseAsync(others.toSpliced(2, 0, ...asked)).catch((error: Error) => {
  const known = error instanceof CommandFailed || error instanceof ConfigError || sentences.has(error.name);
  process.stderr.write(`keyledger: ${known ? error.message : error.stack}\n`);
  process.exitCode = 1;
  // What a failed start has left open must not keep the command from ending.
  setTimeout(() => process.exit(), 3_000).unref();
});
