import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError, type ConfigProblem, shown } from './config-error.ts';
import { isEventStoreUrl, isNetwork, isPublicUrl, isRange, list, url, urlOf } from './config-values.ts';

/** The roles one process may take; all of them by default. */
export const roles = ['api', 'projector', 'worker', 'scheduler'] as const;
export type Role = (typeof roles)[number];

/** The port `keyledger up` prefers while `PORT` says nothing. */
export const defaultPort = 7300;

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const postgresUrl = 'postgres://user:password@host:port/database';

/**
 * The variables of the environment that Keyledger reads, each with what it accepts as its description.
 * Those named in `byFile` may also be given as NAME_FILE, the path of a file that holds the value.
 */
export const configSchema = z.object({
  EVENTSTORE_URL: url(
    isEventStoreUrl,
    'esdb://host:port or esdb+discover://user:password@host:port,…, and no nodePreference but leader',
  ),
  DATABASE_URL: url(urlOf('postgres', 'postgresql'), `${postgresUrl}, for the role that serves requests`),
  DATABASE_OWNER_URL: url(urlOf('postgres', 'postgresql'), `${postgresUrl}, for the role that owns the tables`),
  REDIS_URL: url(urlOf('redis', 'rediss'), 'redis://host:port or rediss://user:password@host:port'),
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/)
    .default('127.0.0.1')
    .describe('the address or name of an interface to listen on'),
  PORT: z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .pipe(z.int().max(65_535))
    .optional()
    .describe('a whole number from 0 to 65535, where 0 takes any free port'),
  KEYLEDGER_DATA_DIR: z.string().default('.data').describe('the directory for the data of the embedded stores'),
  KEYLEDGER_ROLES: list(z.enum(roles))
    .default([...roles])
    .describe(`one or more of ${roles.join(', ')}, separated by commas`),
  KEYLEDGER_ROOT_KEY_FILE: z
    .string()
    .refine((path) => existsSync(path))
    .optional()
    .describe('the path of an existing file that holds the root key'),
  KEYLEDGER_PUBLIC_URL: url(isPublicUrl, 'the http or https URL clients use, without credentials, query or fragment'),
  KEYLEDGER_TRUSTED_PROXIES: list(z.string().refine(isNetwork))
    .default([])
    .describe('addresses, CIDR ranges, loopback, linklocal or uniquelocal, separated by commas'),
  KEYLEDGER_OUTGOING_ALLOW: list(z.string().refine(isRange))
    .default([])
    .describe('addresses or CIDR ranges beside the public internet that deliveries may go to, separated by commas'),
  KEYLEDGER_SIGNING_PROFILE: z.enum(['default', 'cnsa']).default('default').describe('default or cnsa'),
  LOG_LEVEL: z
    .enum(logLevels)
    .default('info')
    .describe(`one of ${logLevels.join(', ')}`),
  LOG_FORMAT: z.enum(['auto', 'json', 'pretty']).default('auto').describe('auto, json or pretty'),
});

type Name = keyof typeof configSchema.shape;
type Environment = Readonly<Record<string, string | undefined>>;

const names = Object.keys(configSchema.shape) as Name[];

/** The variables that hold credentials: shown masked, and also read from a file named by NAME_FILE. */
export const byFile = ['EVENTSTORE_URL', 'DATABASE_URL', 'DATABASE_OWNER_URL', 'REDIS_URL'] as const satisfies Name[];

/** Every variable name the configuration knows, the NAME_FILE spellings among them. */
export const variableNames: readonly string[] = [...names, ...byFile.map((name) => `${name}_FILE`)];

/** What the program runs with. Paths are absolute; an undefined store URL means the embedded store. */
export type Config = Readonly<{
  eventStoreUrl: string | undefined;
  databaseUrl: string | undefined;
  databaseOwnerUrl: string | undefined;
  redisUrl: string | undefined;
  host: string;
  /** Undefined when nobody asked for one: `defaultPort`, or the next free port after it. */
  port: number | undefined;
  dataDir: string;
  roles: readonly Role[];
  rootKeyFile: string | undefined;
  publicUrl: string | undefined;
  trustedProxies: readonly string[];
  /** Addresses and CIDR ranges that deliveries may go to although they are not public. */
  outgoingAllow: readonly string[];
  signingProfile: 'default' | 'cnsa';
  logLevel: (typeof logLevels)[number];
  logFormat: 'auto' | 'json' | 'pretty';
}>;

/**
 * Reads the configuration, by default from `.env` in the working directory (where there is one) under the process's
 * environment. Throws one `ConfigError` that names every problem.
 */
export function loadConfig(env: Environment = environment()): Config {
  const problems: ConfigProblem[] = [...unknownNames(env)];
  const given = values(env, problems);
  const parsed = configSchema.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) problems.push(problemOf(issue.path[0] as Name, given));
  if (given.DATABASE_OWNER_URL !== undefined && given.DATABASE_URL === undefined) {
    const accepted = `${accepts('DATABASE_URL')}, since DATABASE_OWNER_URL is given`;
    problems.push({ variable: 'DATABASE_URL', found: 'nothing', accepted });
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(unique(problems));
  return configOf(parsed.data);
}

function configOf(env: z.output<typeof configSchema>): Config {
  const path = (text: string): string => (isAbsolute(text) ? text : resolve(text));
  return {
    eventStoreUrl: env.EVENTSTORE_URL,
    databaseUrl: env.DATABASE_URL,
    databaseOwnerUrl: env.DATABASE_OWNER_URL ?? env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    host: env.HOST,
    port: env.PORT,
    dataDir: path(env.KEYLEDGER_DATA_DIR),
    roles: [...new Set(env.KEYLEDGER_ROLES)],
    rootKeyFile: env.KEYLEDGER_ROOT_KEY_FILE === undefined ? undefined : path(env.KEYLEDGER_ROOT_KEY_FILE),
    publicUrl: env.KEYLEDGER_PUBLIC_URL?.replace(/\/+$/, ''),
    trustedProxies: env.KEYLEDGER_TRUSTED_PROXIES,
    outgoingAllow: env.KEYLEDGER_OUTGOING_ALLOW,
    signingProfile: env.KEYLEDGER_SIGNING_PROFILE,
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT,
  };
}

function environment(): Environment {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}

/** An empty variable counts as unset, as compose files and shells write it. */
function values(env: Environment, problems: ConfigProblem[]): Partial<Record<Name, string>> {
  const given = Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : []))) as Partial<
    Record<Name, string>
  >;
  for (const name of byFile) {
    const file = env[`${name}_FILE`];
    if (!file) continue;
    const content = contentOf(file);
    const refuse = (accepted: string) =>
      problems.push({ variable: `${name}_FILE`, found: shown(file, false), accepted });
    if (given[name] !== undefined) refuse(`either this or ${name}`);
    else if (!content) refuse('the path of a readable file that is not empty');
    else given[name] = content;
  }
  return given;
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** A misspelt setting must not pass for a default. Kubernetes' service links (…_SERVICE_HOST, …_PORT_80_TCP) are none of ours. */
function unknownNames(env: Environment): ConfigProblem[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('KEYLEDGER_') && !variableNames.includes(name))
    .filter((name) => !/_SERVICE_(HOST|PORT)|_PORT(_\d+_|$)/.test(name))
    .map((variable) => ({
      variable,
      found: 'a variable of no meaning',
      accepted: variableNames.filter((name) => name.startsWith('KEYLEDGER_')).join(', '),
    }));
}

const accepts = (name: Name): string => configSchema.shape[name].description ?? '';

function problemOf(name: Name, given: Partial<Record<Name, string>>): ConfigProblem {
  const secret = (byFile as readonly Name[]).includes(name);
  return { variable: name, found: shown(given[name], secret), accepted: accepts(name) };
}

const unique = (problems: ConfigProblem[]): ConfigProblem[] => [
  ...new Map(problems.map((p) => [p.variable, p])).values(),
];
