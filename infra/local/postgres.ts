import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, endLeftover, startChild } from './child.ts';
import { claimDirectory } from './claim.ts';
import { freePort, isFree } from './ports.ts';
import { type Binaries, findPostgres } from './postgres/binaries.ts';
import { clearPostmaster, ending, majorOf, makeCluster, settings } from './postgres/cluster.ts';
import {
  appRole,
  connected,
  databaseName,
  ensureDatabase,
  ownerRole,
  type Passwords,
  urlOf,
} from './postgres/database.ts';
import { locate } from './postgres/location.ts';
import { postgresUser, type User } from './postgres/user.ts';
import { passwords } from './secrets.ts';
import { type RunningStore, StoreFailed, type StoreOptions } from './store.ts';

/** A running PostgreSQL. `url` is for the role that serves requests. */
export type RunningPostgres = RunningStore &
  Readonly<{
    /** For the role that owns the tables. */
    ownerUrl: string;
    /** For the superuser, on the maintenance database. */
    adminUrl: string;
  }>;

type Plan = Readonly<{
  dir: string;
  cluster: string;
  binaries: Binaries;
  user: User | undefined;
  passwords: Passwords;
  durable: boolean;
  port: number | undefined;
}>;

/**
 * Starts PostgreSQL on the data in `dir`, which is made at first start, with the database `keyledger` and its two roles. What a killed
 * parent left running there is ended first. Throws `DirectoryInUse`, `MissingComponent` or `StoreFailed`.
 */
export async function startPostgres(options: StoreOptions): Promise<RunningPostgres> {
  // As root, PostgreSQL's own user has to pass through.
  mkdirSync(options.dir, { recursive: true, mode: 0o711 });
  const release = claimDirectory(options.dir);
  try {
    const plan = await prepare(options);
    const { child, port } = await running(plan);
    const url = (role: keyof Passwords, database: string): string => urlOf(role, plan.passwords, port, database);
    return {
      name: 'PostgreSQL',
      url: url(appRole, databaseName),
      ownerUrl: url(ownerRole, databaseName),
      adminUrl: url('postgres', 'postgres'),
      pid: child.pid,
      port,
      exited: child.exited,
      stop: () => child.stop().finally(release),
    };
  } catch (error) {
    release();
    throw error;
  }
}

async function prepare({ dir, log = () => undefined, durable = true, port }: StoreOptions): Promise<Plan> {
  const user = postgresUser();
  const { cluster, copies } = locate(dir, user, log);
  const binaries = findPostgres({ user, copyTo: copies, major: majorOf(cluster), log });
  const secrets = passwords(join(dir, 'passwords.json'), ['postgres', ownerRole, appRole]);
  if (await endLeftover({ name: 'postgres', dir, ending })) log('ended a PostgreSQL that an earlier run left behind');
  await clearPostmaster(cluster);
  if (!existsSync(join(cluster, 'PG_VERSION'))) {
    log('making the PostgreSQL database, once');
    await makeCluster({ cluster, binaries, user, password: secrets.postgres, durable });
  }
  return { dir, cluster, binaries, user, passwords: secrets, durable, port };
}

/** A free port may be taken by another between the choice and the start, and a killed postmaster may take seconds to be gone: try again. */
async function running(plan: Plan): Promise<{ child: Child; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = plan.port ?? (await freePort());
    if (!(await isFree(port))) throw new StoreFailed(`Port ${port}, meant for PostgreSQL, is taken.`);
    const child = await startChild({
      name: 'postgres',
      dir: plan.dir,
      command: join(plan.binaries.bin, 'postgres'),
      args: settings(plan.cluster, port, plan.durable),
      env: { LC_ALL: 'C', TZ: 'UTC' },
      user: plan.user,
      ending,
    });
    const failure = await ready(child, plan.passwords, port).catch(String);
    if (failure === undefined) return { child, port };
    await child.stop();
    const passing = /Address already in use|postmaster\.pid|shared memory block/.test(failure);
    if (!passing || attempt === 5) throw new StoreFailed(`PostgreSQL did not start in ${plan.dir}:\n${failure}`);
    await sleep(1_000);
  }
}

/** Waits until the database answers. Returns why it never will. */
async function ready(child: Child, secrets: Passwords, port: number): Promise<string | undefined> {
  const end = Date.now() + 60_000;
  let gone = false;
  void child.exited.then(() => {
    gone = true;
  });
  const admin = urlOf('postgres', secrets, port, 'postgres');
  let problem = 'no answer within a minute';
  while (!gone && Date.now() < end) {
    const answer = await connected(admin, async () => undefined).then(() => undefined, String);
    if (answer === undefined) return void (await ensureDatabase(secrets, port));
    problem = answer;
    await sleep(25);
  }
  return child.lastWords() || problem;
}
