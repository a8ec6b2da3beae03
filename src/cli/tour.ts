import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { startStores } from '../../infra/local/stores.ts';
import { startApp } from '../app/start.ts';
import { loadConfig } from '../config.ts';
import { CommandFailed, type Output, outputOf } from './output.ts';
import { Api } from './tour/api.ts';
import { tellOfTheAudit } from './tour/audit.ts';
import { type Narrator, tellOfSecrets } from './tour/secrets.ts';

interface TourOptions {
  readonly url?: string;
  readonly email?: string;
  readonly password?: string;
}

/** Adds `tour`. */
export function addTour(program: Command): void {
  program
    .command('tour')
    .description('play a story on real input against a running instance (--url) or one of its own, and narrate it')
    .option('--url <url>', 'a running instance; without it the tour starts one of its own and removes it afterwards')
    .option('--email <address>', 'who the tour logs in as, with --url', 'admin@keyledger.local')
    .option('--password <password>', 'with --url: the password, or set it as PASSWORD in the environment')
    .action(async (options: TourOptions) => {
      const out = outputOf(program.opts<{ json: boolean }>().json);
      await (options.url === undefined ? onOwn(out) : onRunning(options.url, options, out));
    });
}

async function onRunning(
  url: string,
  { email = '', password = process.env['PASSWORD'] }: TourOptions,
  out: Output,
): Promise<void> {
  if (!password) throw new CommandFailed('With --url the tour needs --password, or PASSWORD in the environment.');
  await tell(url, { email, password }, out);
}

/** An instance that lives as long as the tour, beside any other. */
async function onOwn(out: Output): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'keyledger-tour-'));
  // PostgreSQL's own user passes through here when this runs as root.
  chmodSync(dir, 0o711);
  const config = loadConfig({ KEYLEDGER_DATA_DIR: dir, LOG_LEVEL: 'warn' });
  out.progress('starting an instance for the tour');
  try {
    const stores = await startStores({ dir, given: config, log: out.progress });
    try {
      const app = await startApp({ config, stores, port: 0, progress: out.progress });
      try {
        await tell(app.url ?? '', app.firstStart ?? { email: '', password: '' }, out);
      } finally {
        await app.stop();
      }
    } finally {
      await stores.stop();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function tell(
  url: string,
  login: { readonly email: string; readonly password: string },
  out: Output,
): Promise<void> {
  let steps = 0;
  const narrator: Narrator = {
    step: (text) => out.result({ step: ++steps, text }, `\n${steps}. ${text}`),
    note: (text) => out.result({ step: steps, note: text }, `   -> ${text}`),
  };
  const api = new Api(url);
  narrator.step(`The administrator ${login.email} logs in at ${url}.`);
  await api.login(login.email, login.password);
  narrator.note('an access token, signed with EdDSA; the session is an event and can be closed');
  await tellOfSecrets(api, narrator);
  await tellOfTheAudit(api, narrator);
  out.result({ msg: 'done', steps }, '\nThe tour ends here, well. The API is described at /docs.');
}
