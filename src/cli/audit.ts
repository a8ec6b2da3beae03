import type { Command } from 'commander';
import { addLooks } from './audit/looks.ts';
import { addVerification } from './audit/verify.ts';

/** Adds `audit verify`, which needs no store, and `prove`, `replay`, `diff` and `who-did`, which look at an instance's own. */
export function addAudit(program: Command): void {
  const audit = program.command('audit').description('check what the audit gave out, and look into the past');
  addVerification(program, audit);
  addLooks(program, audit);
}
