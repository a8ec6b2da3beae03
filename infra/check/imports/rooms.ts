/** Where each room's files are; the first group is the context, and groups below it share its name. */
const rooms = {
  kernel: '^src/kernel/',
  domain: '^src/domain/([^/]+)/',
  commands: '^commands/([^/]+)/',
  queries: '^queries/([^/]+)/',
  projections: '^projections/([^/]+)/',
  reactions: '^src/reactions/([^/]+)/',
  workers: '^src/workers/([^/]+)/',
  adapters: '^src/adapters/',
  http: '^src/http/',
  cli: '^src/cli/',
  app: '^src/app(/|\\.ts$)',
  config: '^src/config[^/]*\\.ts$',
  infra: '^infra/',
  test: '^test/',
} as const;

type Room = keyof typeof rooms;

/** A whole room, or only the part of it that belongs to the importing file's own context. */
type Allowed = Room | `own ${'domain' | 'commands'}`;

/** Who may import whom. What is not here is forbidden, a room's own files too: two endpoints share through their domain. */
const table: Readonly<Record<Exclude<Room, 'test'>, readonly Allowed[]>> = {
  kernel: ['kernel'],
  domain: ['kernel', 'own domain'],
  commands: ['kernel', 'own domain'],
  queries: ['kernel', 'own domain'],
  projections: ['kernel', 'domain'],
  reactions: ['kernel', 'domain', 'own commands'],
  workers: ['kernel', 'domain', 'own commands'],
  adapters: ['kernel', 'domain', 'adapters', 'config'],
  http: ['kernel', 'domain', 'commands', 'queries', 'projections', 'http', 'config'],
  cli: ['kernel', 'domain', 'commands', 'queries', 'projections', 'http', 'cli', 'app', 'config', 'infra'],
  app: ['kernel', 'domain', 'commands', 'queries', 'projections', 'http', 'app', 'adapters', 'config'],
  config: ['config'],
  infra: ['infra', 'kernel', 'http', 'app', 'config'],
};

/** The rooms whose files are declarations, without input or output of their own. */
export const pureRooms = ['domain', 'commands', 'queries', 'projections', 'reactions', 'workers'] as const;

const ownPart = (allowed: Allowed): string =>
  allowed.startsWith('own ') ? rooms[allowed.slice(4) as Room].replace('([^/]+)', '$1') : rooms[allowed as Room];

interface Rule {
  readonly name: string;
  readonly severity: 'error';
  readonly from: { readonly path: string; readonly pathNot?: string };
  readonly to: Readonly<Record<string, unknown>>;
}

/** The table as rules of dependency-cruiser: one a room. */
export const roomRules: readonly Rule[] = Object.entries(table).map(([room, allowed]) => ({
  name: `${room} may import ${allowed.join(', ')}`,
  severity: 'error',
  from: { path: rooms[room as Room] },
  to: { path: '^(src|commands|queries|projections|infra|test)/', pathNot: allowed.map(ownPart) },
}));

const roomsNamed = (...names: readonly Room[]): string => names.map((name) => rooms[name]).join('|');

const packages = (...names: readonly string[]): string => `(^|/)node_modules/(@types/)?(${names.join('|')})/`;

/** Pure libraries that declarations may use. */
const pureLibraries = ['zod', 'csv-stringify', 'luxon', 'immutable', 'ipaddr\\.js', 're2js', 'canonicalize', 'uuid'];

const clients = [
  '@eventstore/db-client',
  '@grpc/[^/]+',
  'bullmq',
  'google-protobuf',
  'ioredis',
  'lmdb',
  'node-cron',
  'pg',
  'rate-limiter-flexible',
  'undici',
];

/** What comes from npm and from Node: declarations take pure libraries only, and each client has its one room. */
export const packageRules: readonly Rule[] = [
  {
    name: `declarations may import no package but ${pureLibraries.join(', ').replaceAll('\\', '')}`,
    severity: 'error',
    from: { path: roomsNamed(...pureRooms) },
    to: {
      dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-peer'],
      pathNot: packages(...pureLibraries),
    },
  },
  {
    name: 'declarations may import of Node only buffer and crypto',
    severity: 'error',
    from: { path: roomsNamed(...pureRooms) },
    to: { dependencyTypes: ['core'], pathNot: '^(node:)?(buffer|crypto)$' },
  },
  {
    name: 'clients of stores belong in adapters',
    severity: 'error',
    from: { path: '^src/', pathNot: roomsNamed('adapters', 'app') },
    to: { path: packages(...clients) },
  },
  {
    name: 'inversify belongs in app and adapters',
    severity: 'error',
    from: { path: '^(src|infra)/', pathNot: roomsNamed('adapters', 'app') },
    to: { path: packages('inversify', 'reflect-metadata', '@inversifyjs/[^/]+') },
  },
  {
    name: 'express belongs in http',
    severity: 'error',
    from: { path: '^(src|infra)/', pathNot: roomsNamed('http') },
    to: { path: packages('express', 'swagger-ui-dist') },
  },
  { name: 'each import must lead somewhere', severity: 'error', from: { path: '.' }, to: { couldNotResolve: true } },
];
