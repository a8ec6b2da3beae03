import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { openTools, type Tools } from '../app/tools.ts';
import { type Config, loadConfig } from '../config.ts';
import { sql } from '../kernel/sql.ts';
import { holdStores, NoData } from './instance.ts';
import { outputOf } from './output.ts';

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly says: string;
}

/** Adds `doctor`. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check machine, configuration and stores, and say what to do about what is wrong')
    .action(async () => {
      const out = outputOf(program.opts<{ json: boolean }>().json);
      const config = loadConfig();
      const findings = [...machine(), ...files(config), ...(await stores(config, out.progress))];
      const text = findings.map(({ check, ok, says }) => `${ok ? 'ok ' : 'BAD'}  ${check}: ${says}`).join('\n');
      const healthy = findings.every(({ ok }) => ok);
      out.result({ healthy, findings }, text);
      if (!healthy) process.exitCode = 1;
    });
}

function machine(): readonly Finding[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return [{ check: 'node', ok, says: `${process.version}${ok ? '' : '; install Node 20.19 or newer'}` }];
}

function files({ dataDir, rootKeyFile }: Config): readonly Finding[] {
  const path = rootKeyFile ?? join(dataDir, 'root.key');
  if (!existsSync(path)) return [{ check: 'root key', ok: true, says: `${path} will be made at the first start` }];
  const open = (statSync(path).mode & 0o077) !== 0;
  const says = open
    ? `${path} can be read by others; run chmod 600 on it`
    : `${path}, readable by its owner alone; keep a copy elsewhere`;
  return [{ check: 'root key', ok: !open, says }];
}

async function stores(config: Config, progress: (line: string) => void): Promise<readonly Finding[]> {
  const held = await holdStores(config, progress).catch((error: Error) => error);
  if (held instanceof NoData) return [{ check: 'stores', ok: true, says: `${held.message} The first start makes it.` }];
  if (held instanceof Error) throw held;
  const tools = await openTools(held.urls);
  try {
    return [
      await finding('event log', async () =>
        good(`reached; its head is at ${(await tools.log.head()) ?? 'the start'}`),
      ),
      await finding('Postgres roles', () => roles(tools)),
      await finding('Redis', () => redis(tools)),
      await finding('read models', () => readModels(tools)),
    ];
  } finally {
    await tools.close();
    await held.release();
  }
}

type Said = Omit<Finding, 'check'>;
const good = (says: string): Said => ({ ok: true, says });
const bad = (says: string): Said => ({ ok: false, says });

async function finding(check: string, examine: () => Promise<Said>): Promise<Finding> {
  try {
    return { check, ...(await examine()) };
  } catch (error) {
    return { check, ...bad((error as Error).message) };
  }
}

async function roles({ owner, reader }: Tools): Promise<Said> {
  await owner.run(sql`select 1`);
  const [role] = await reader.run(sql`
    select rolsuper or rolbypassrls as exempt, (select count(*)::int from pg_tables where tableowner = current_user) as owned
    from pg_roles where rolname = current_user`);
  if (role?.['exempt'] === true)
    return bad('the role of DATABASE_URL is exempt from row-level security; give it one that is not');
  if (role?.['owned'] !== 0)
    return bad('the role of DATABASE_URL owns tables; give DATABASE_OWNER_URL a role of its own');
  return good('requests are served by a role that row-level security holds for');
}

async function redis({ redisPolicy }: Tools): Promise<Said> {
  const policy = await redisPolicy();
  if (policy === 'noeviction') return good('reached; evicts nothing');
  return bad(`maxmemory-policy is ${policy}: jobs could be lost until the sweep; set it to noeviction`);
}

async function readModels({ projections }: Tools): Promise<Said> {
  const all = await projections.status();
  const parked = all.filter(({ live }) => (live?.parked.length ?? 0) > 0).map(({ name }) => name);
  if (parked.length > 0) return bad(`streams are parked in ${parked.join(', ')}: see keyledger projections status`);
  const lag = all.reduce((most, { live }) => (live !== undefined && live.lag > most ? live.lag : most), 0n);
  return good(`${all.length} read models, the furthest ${lag} log positions behind`);
}
