import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { verifyDestruction } from '../kernel/crypto/certificate.ts';
import { CommandFailed, outputOf } from './output.ts';

/** Adds `verify-certificate`, which needs no store and no network. */
export function addVerify(program: Command): void {
  program
    .command('verify-certificate <file>')
    .description('check a destruction certificate, as the API gave it, offline and with public keys alone')
    .requiredOption('--keys <file>', 'the public keys you trust, as GET /audit/v1/signing-keys gave them')
    .action((file: string, options: { keys: string }) => {
      const out = outputOf(program.opts<{ json: boolean }>().json);
      const { certificate, signature } = readJson(file);
      const keys = readJson(options.keys);
      const verdict = verifyDestruction({ certificate, signature }, (keys['keys'] ?? keys) as Record<string, unknown>);
      const text = verdict.valid
        ? `valid: both signatures hold\n${JSON.stringify(certificate, undefined, 2)}`
        : `NOT valid: ${verdict.reason}`;
      out.result({ ...verdict, certificate }, text);
      if (!verdict.valid) process.exitCode = 1;
    });
}

function readJson(file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw new CommandFailed(`${file} cannot be read as JSON: ${(error as Error).message}`);
  }
  throw new CommandFailed(`${file} is not what is expected: it is no JSON object.`);
}
