import { type Command, Option } from 'commander';
import { portFrom } from '../../infra/local/ports.ts';
import { startStores } from '../../infra/local/stores.ts';
import { type App, startApp } from '../app/start.ts';
import { root } from '../app.ts';
import { type Config, defaultPort, loadConfig, roles } from '../config.ts';
import { discover } from '../kernel/registry.ts';
import { announce, runningInstance } from './instance.ts';
import { CommandFailed, type Output, outputOf } from './output.ts';

/** Adds `up` and `serve`. */
export function addRun(program: Command): void {
  program
    .command('up')
    .description('start the embedded stores that no URL replaces, and every role, in one go')
    .action(async () => up(loadConfig(), outputOf(program.opts<{ json: boolean }>().json)));
  program
    .command('serve')
    .description(
      'run some roles on stores that run already: those of the configuration, or of the instance on the same data',
    )
    .addOption(new Option('--roles <list>', `one or more of ${roles.join(', ')}, separated by commas`))
    .action(async (options: { roles?: string }) => {
      const config = loadConfig({ ...process.env, ...(options.roles && { KEYLEDGER_ROLES: options.roles }) });
      await serve(config, outputOf(program.opts<{ json: boolean }>().json));
    });
}

async function up(config: Config, out: Output): Promise<void> {
  const stopping = stopSignal();
  out.progress('starting the stores');
  // Reads the modules while the stores come up. What is wrong with one shows when they are asked for.
  discover(root).catch(() => undefined);
  const stores = await startStores({ dir: config.dataDir, given: config, log: out.progress });
  try {
    out.progress('starting Keyledger');
    const app = await startApp({ config, stores, port: await portOf(config), progress: out.progress });
    const retract = announce(config.dataDir, { pid: process.pid, url: app.url ?? '', stores });
    ready(app, out, config);
    const lost = await Promise.race([stopping, stores.lost]);
    retract();
    out.progress('stopping');
    await app.stop();
    if (lost !== undefined) {
      throw new CommandFailed(
        `The ${lost.name} ended by itself (${lost.exit.signal ?? `status ${lost.exit.code}`}); its log is in ${config.dataDir}. Start again to go on: nothing acknowledged is lost.`,
      );
    }
  } finally {
    await stores.stop();
  }
}

async function serve(config: Config, out: Output): Promise<void> {
  const stopping = stopSignal();
  const stores = givenStores(config);
  const app = await startApp({ config, stores, port: await portOf(config), progress: out.progress });
  ready(app, out, config);
  await stopping;
  out.progress('stopping');
  await app.stop();
}

function givenStores(config: Config): {
  eventStoreUrl: string;
  databaseUrl: string;
  databaseOwnerUrl: string;
  redisUrl: string;
} {
  const running = runningInstance(config.dataDir)?.stores;
  const eventStoreUrl = config.eventStoreUrl ?? running?.eventStoreUrl;
  const databaseUrl = config.databaseUrl ?? running?.databaseUrl;
  const databaseOwnerUrl = config.databaseUrl === undefined ? running?.databaseOwnerUrl : config.databaseOwnerUrl;
  const redisUrl = config.redisUrl ?? running?.redisUrl;
  if (!eventStoreUrl || !databaseUrl || !databaseOwnerUrl || !redisUrl) {
    throw new CommandFailed(
      'serve runs on stores that run already: give EVENTSTORE_URL, DATABASE_URL and REDIS_URL, or start `keyledger up` on the same data first.',
    );
  }
  return { eventStoreUrl, databaseUrl, databaseOwnerUrl, redisUrl };
}

/** Where nobody asked for a port: the API's own, or the next free one; any free one for other roles' probes. */
async function portOf({ host, port, roles: taken }: Config): Promise<number> {
  return port ?? (taken.includes('api') ? portFrom(defaultPort, host) : 0);
}

/** Resolves at the first signal to stop; a second one ends the process at once. */
function stopSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (): void => {
      if (asked) process.exit(130);
      asked = true;
      resolve(undefined);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

function ready(app: App, out: Output, config: Config): void {
  const { firstStart, probesUrl, url } = app;
  const docs = url === undefined ? undefined : `${url}/docs`;
  const lines = [
    `Keyledger is ready (${config.roles.join(', ')})`,
    ...(url === undefined ? [`  Probes ${probesUrl}/readyz`] : [`  API    ${url}`, `  Docs   ${docs}`]),
    ...(firstStart === undefined
      ? []
      : [`  Login  ${firstStart.email}   ${firstStart.password}   (shown this once; change it)`]),
    '  Stop   Ctrl-C',
  ];
  const administrator = firstStart === undefined ? {} : { administrator: firstStart };
  out.result({ msg: 'ready', url, docs, probesUrl, roles: config.roles, ...administrator }, lines.join('\n'));
}
