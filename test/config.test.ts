import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { configSchema, loadConfig, variableNames } from '../src/config.ts';
import { ConfigError } from '../src/config-error.ts';

function refusal(env: Record<string, string>): ConfigError {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const variables = (env: Record<string, string>): string[] => refusal(env).problems.map((problem) => problem.variable);

describe('configuration', () => {
  it('has a default for everything', () => {
    expect(loadConfig({})).to.deep.equal({
      eventStoreUrl: undefined,
      databaseUrl: undefined,
      databaseOwnerUrl: undefined,
      redisUrl: undefined,
      host: '127.0.0.1',
      port: undefined,
      dataDir: resolve('.data'),
      roles: ['api', 'projector', 'worker', 'scheduler'],
      rootKeyFile: undefined,
      publicUrl: undefined,
      trustedProxies: [],
      outgoingAllow: [],
      signingProfile: 'default',
      logLevel: 'info',
      logFormat: 'auto',
    });
  });

  it('reads what is given', () => {
    const config = loadConfig({
      EVENTSTORE_URL: 'esdb+discover://admin:changeit@n1:2113,n2:2113,n3:2113?tls=true&tlsCAFile=/certs/ca.crt',
      DATABASE_URL: 'postgres://app:pw@db:5432/keyledger',
      REDIS_URL: 'rediss://:pw@cache:6380/2',
      PORT: '0',
      KEYLEDGER_ROLES: 'api, projector,api',
      KEYLEDGER_PUBLIC_URL: 'https://keys.example/',
      KEYLEDGER_TRUSTED_PROXIES: '10.0.0.0/8, ::1, loopback',
      KEYLEDGER_OUTGOING_ALLOW: '10.0.0.0/8, ::1',
    });
    expect(config).to.include({
      port: 0,
      databaseOwnerUrl: 'postgres://app:pw@db:5432/keyledger',
      publicUrl: 'https://keys.example',
    });
    expect(config.roles).to.deep.equal(['api', 'projector']);
    expect(config.trustedProxies).to.deep.equal(['10.0.0.0/8', '::1', 'loopback']);
    expect(config.outgoingAllow).to.deep.equal(['10.0.0.0/8', '::1']);
  });

  it('takes an empty variable for an unset one', () => {
    expect(loadConfig({ PORT: '', DATABASE_URL: '', KEYLEDGER_ROLES: '' })).to.deep.equal(loadConfig({}));
  });

  const wrong: Record<string, string[]> = {
    EVENTSTORE_URL: [
      'http://localhost:2113',
      'esdb://',
      'esdb://a b',
      'localhost:2113',
      'esdb://n1:2113?tls=false&nodePreference=follower',
    ],
    DATABASE_URL: ['mysql://root@localhost/x', 'localhost', '5432'],
    REDIS_URL: ['postgres://localhost', 'localhost:6379'],
    HOST: ['a b', 'http://x'],
    PORT: ['-1', '65536', '80.5', '0x50', 'http', ' 80'],
    KEYLEDGER_ROLES: ['api,king', 'api,'],
    KEYLEDGER_ROOT_KEY_FILE: ['/no/such/file'],
    KEYLEDGER_PUBLIC_URL: ['ftp://x', 'https://user:pw@x', 'https://x/?a=1', 'x'],
    KEYLEDGER_TRUSTED_PROXIES: ['10.0.0.0/33', 'everyone', '1.2.3.4,,'],
    KEYLEDGER_OUTGOING_ALLOW: ['loopback', '10.0.0.0/33', 'example.org', '1.2.3.4,,'],
    KEYLEDGER_SIGNING_PROFILE: ['CNSA', 'fips'],
    LOG_LEVEL: ['verbose', 'INFO'],
    LOG_FORMAT: ['xml'],
  };
  for (const [name, found] of Object.entries(wrong)) {
    for (const value of found) {
      it(`refuses ${name}=${value}, naming what is accepted`, () => {
        const { problems, message } = refusal({ [name]: value });
        expect(problems.map((problem) => problem.variable)).to.deep.equal([name]);
        expect(message).to.contain(configSchema.shape[name as 'PORT'].description);
      });
    }
  }

  it('names every problem at once', () => {
    expect(variables({ PORT: 'x', LOG_LEVEL: 'y', REDIS_URL: 'z' })).to.have.members([
      'PORT',
      'LOG_LEVEL',
      'REDIS_URL',
    ]);
  });

  it('shows what was found', () => {
    expect(refusal({ PORT: 'eighty' }).message).to.contain('found "eighty"');
  });

  it('never shows a password', () => {
    const secret = 'hunter2-x9';
    for (const value of [
      `mysql://root:${secret}@db/x`,
      `http://root:${secret}@db`,
      `mysql://db/x?password=${secret}`,
      `mysql://root:a@${secret}@db`,
      secret,
      `postgres//root:${secret}@db`,
      `root:${secret}@db`,
    ]) {
      for (const name of ['DATABASE_URL', 'DATABASE_OWNER_URL', 'REDIS_URL', 'EVENTSTORE_URL']) {
        expect(refusal({ [name]: value }).message, `${name}=${value}`).not.to.contain(secret);
      }
    }
    expect(refusal({ DATABASE_URL: `mysql://root:${secret}@db/x` }).message).to.contain('mysql://root:***@db/x');
  });

  it('refuses an owner without a database', () => {
    expect(variables({ DATABASE_OWNER_URL: 'postgres://o@db/x' })).to.deep.equal(['DATABASE_URL']);
  });

  it('refuses a misspelt variable of its own, and leaves those of others alone', () => {
    expect(variables({ KEYLEDGER_ROLE: 'api' })).to.deep.equal(['KEYLEDGER_ROLE']);
    const links = { KEYLEDGER_API_SERVICE_HOST: '10.0.0.1', KEYLEDGER_API_PORT: 'tcp://10.0.0.1:80', PATH: '/bin' };
    expect(loadConfig(links)).to.deep.equal(loadConfig({}));
  });

  describe('secrets by file', () => {
    let dir: string;
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), 'keyledger-config-'));
    });
    afterEach(() => rmSync(dir, { recursive: true }));

    const write = (content: string): string => {
      const path = join(dir, 'secret');
      writeFileSync(path, content);
      return path;
    };

    it('reads a URL from the file', () => {
      const path = write('postgres://app:pw@db/keyledger\n');
      expect(loadConfig({ DATABASE_URL_FILE: path }).databaseUrl).to.equal('postgres://app:pw@db/keyledger');
    });

    it('refuses both spellings, an absent and an empty file', () => {
      const path = write('redis://cache:6379');
      expect(variables({ REDIS_URL_FILE: path, REDIS_URL: 'redis://x' })).to.deep.equal(['REDIS_URL_FILE']);
      expect(variables({ REDIS_URL_FILE: join(dir, 'absent') })).to.deep.equal(['REDIS_URL_FILE']);
      expect(variables({ REDIS_URL_FILE: write('') })).to.deep.equal(['REDIS_URL_FILE']);
    });

    it('names the variable when the content is wrong, without the content', () => {
      const { message } = refusal({ DATABASE_URL_FILE: write('open sesame') });
      expect(message).to.contain('DATABASE_URL').and.not.to.contain('sesame');
    });

    it('reads .env in the working directory under the environment', () => {
      const before = { cwd: process.cwd(), port: process.env['PORT'], level: process.env['LOG_LEVEL'] };
      writeFileSync(join(dir, '.env'), 'PORT=4711\nLOG_LEVEL=warn\n');
      try {
        process.chdir(dir);
        delete process.env['PORT'];
        process.env['LOG_LEVEL'] = 'error';
        expect(loadConfig()).to.include({ port: 4711, logLevel: 'error' });
      } finally {
        process.chdir(before.cwd);
        restore('PORT', before.port);
        restore('LOG_LEVEL', before.level);
      }
    });
  });

  it('lists every variable it knows', () => {
    expect(variableNames).to.include.members([...Object.keys(configSchema.shape), 'DATABASE_URL_FILE']);
  });
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
