import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { verifyDocument } from '../kernel/crypto/signing.ts';
import { CommandFailed, outputOf } from './output.ts';

/** Adds `verify`, which needs no store and no network. */
export function addVerify(program: Command): void {
  program
    .command('verify <file>')
    .description('check a signed document, such as a destruction certificate, offline and with public keys alone')
    .requiredOption('--keys <file>', 'the public keys, as GET /audit/v1/signing-keys gives them')
    .action((file: string, options: { keys: string }) => {
      const out = outputOf(program.opts<{ json: boolean }>().json);
      const signed = readJson(file);
      const { document, purpose, signature } = (signed['certificate'] ?? signed) as Record<string, unknown>;
      const keys = readJson(options.keys);
      const verdict = verifyDocument(
        { document, purpose: String(purpose), signature },
        (keys['keys'] ?? keys) as Record<string, unknown>,
      );
      const text = verdict.valid
        ? `valid: a ${purpose}, both signatures hold\n${JSON.stringify(document, undefined, 2)}`
        : `NOT valid: ${verdict.reason}`;
      out.result({ ...verdict, purpose, document }, text);
      if (!verdict.valid) process.exitCode = 1;
    });
}

function readJson(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new CommandFailed(`${file} cannot be read as JSON: ${(error as Error).message}`);
  }
}
