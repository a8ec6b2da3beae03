import type { Command } from 'commander';
import { addExport } from './audit/export.ts';
import { addLooks } from './audit/looks.ts';
import { addVerification } from './audit/verify.ts';

/** Adds `audit export` and `verify`, which need no store, and `prove`, `replay`, `diff` and `who-did`, which look at an instance's own. */
export function addAudit(program: Command): void {
  const audit = program.command('audit').description('check what the audit gave out, and look into the past');
  addExport(program, audit);
  addVerification(program, audit);
  addLooks(program, audit);
}
