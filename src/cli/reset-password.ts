import type { Command } from 'commander';
import { NotReset, resetPassword } from '../app/recovery.ts';
import { loadConfig } from '../config.ts';
import { holdStores } from './instance.ts';
import { CommandFailed, outputOf } from './output.ts';

/** Adds `reset-password`. */
export function addResetPassword(program: Command): void {
  program
    .command('reset-password <email>')
    .description('give a user a new random password; for whoever holds the stores and the root key')
    .action(async (email: string) => {
      const out = outputOf(program.opts<{ json: boolean }>().json);
      const config = loadConfig();
      const held = await holdStores(config, out.progress);
      try {
        const password = await resetPassword({ config, stores: held.urls }, email);
        out.result({ email, password }, `${email}   ${password}   (shown this once; all sessions have ended)`);
      } catch (error) {
        throw error instanceof NotReset ? new CommandFailed(error.message) : error;
      } finally {
        await held.release();
      }
    });
}
