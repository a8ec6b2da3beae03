import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { keyledger, keyledgerUp, type Up } from '../support/cli.ts';
import { type Client, loginAt } from '../support/instance.ts';
import { sharedStores } from '../support/stores.ts';

describe('keyledger', function () {
  this.timeout(120_000);
  let dir: string;
  let env: { readonly KEYLEDGER_DATA_DIR: string; readonly LOG_LEVEL: string };
  let up: Up;
  let admin: Client;

  before(async () => {
    dir = sharedStores().scratch('cli');
    env = { KEYLEDGER_DATA_DIR: dir, LOG_LEVEL: 'warn' };
    up = await keyledgerUp(env);
    const { email = '', password = '' } = up.administrator ?? {};
    admin = await loginAt(up.url, email, password);
    await admin('POST', '/vault/v1/versioned-secrets', { secretId: 'kept', value: 'over a restart' });
  });
  after(() => up.end('SIGTERM'));

  it('up says where the API and its documentation are, and serves both', async () => {
    expect((await fetch(`${up.url}/readyz`)).status).to.equal(200);
    expect((await fetch(up.docs)).status).to.equal(200);
    expect((await fetch(`${up.url}/openapi.json`)).status).to.equal(200);
  });

  it('up refuses data that another one uses, and says who', async () => {
    const { err, status } = await keyledger(['up'], env);
    expect(status).to.equal(1);
    expect(err).to.match(/in use by process \d+/);
  });

  it('serve runs other roles beside it, each with probes of its own, and the API without the owner’s credentials', async () => {
    const instance = JSON.parse(readFileSync(join(dir, 'instance.json'), 'utf8')) as { stores: Record<string, string> };
    const { databaseUrl = '', eventStoreUrl = '', redisUrl = '' } = instance.stores;
    const given = { ...env, EVENTSTORE_URL: eventStoreUrl, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
    const api = await keyledgerUp(given, ['serve', '--roles', 'api']);
    const worker = await keyledgerUp(env, ['serve', '--roles', 'worker']);
    expect((await fetch(`${api.url}/readyz`)).status).to.equal(200);
    expect((await fetch(`${worker.probesUrl}/readyz`)).status).to.equal(200);
    expect(await (await fetch(`${worker.probesUrl}/metrics`)).text()).to.include('keyledger_');
    expect((await fetch(`${worker.probesUrl}/auth/me`)).status).to.equal(404);
    expect([await api.end('SIGTERM'), await worker.end('SIGTERM')]).to.deep.equal([0, 0]);
  });

  it('log stats counts what is on the log, log tail shows the last of it without values', async () => {
    const {
      lines: [stats],
    } = await keyledger(['log', 'stats'], env);
    expect(stats?.['byType']).to.include({ 'vault.Secret.VersionAdded': 1 });
    const tail = await keyledger(['log', 'tail', '--count', '3', '--type', 'vault.'], env);
    expect(tail.lines.map(({ type }) => type)).to.deep.equal(['vault.Secret.VersionAdded']);
    expect(tail.out).not.to.include('sealed');
  });

  it('log tail refuses a count that is none', async () => {
    const { err, status } = await keyledger(['log', 'tail', '--count', 'some'], env);
    expect([status, err]).to.deep.equal([1, 'keyledger: --count takes a whole number of events.\n']);
  });

  it('projections status, rebuild and verify look after the read models of the running instance', async () => {
    const {
      lines: [before],
    } = await keyledger(['projections', 'status'], env);
    const names = ((before?.['projections'] ?? []) as { name: string }[]).map(({ name }) => name);
    expect(names).to.include.members(['vault_secrets', 'identity_users']);
    const rebuilt = await keyledger(['projections', 'rebuild', 'vault_secrets'], env);
    expect(rebuilt.lines).to.have.length(1);
    const { lines, status } = await keyledger(['projections', 'verify'], env);
    expect([status, lines.map(({ projection }) => projection)]).to.deep.equal([0, names]);
    expect(lines.every(({ equal }) => equal === true)).to.equal(true);
  });

  it('projections refuses a name that is none, and says which there are', async () => {
    const { err, status } = await keyledger(['projections', 'verify', 'nothing'], env);
    expect(status).to.equal(1);
    expect(err).to.match(/no read model nothing; there are .*vault_secrets/);
  });

  it('doctor finds nothing wrong', async () => {
    const {
      lines: [report],
      status,
    } = await keyledger(['doctor'], env);
    expect(report?.['findings']).to.satisfy((all: { ok: boolean }[]) => all.every(({ ok }) => ok));
    expect(status).to.equal(0);
  });

  it('verify-certificate checks a destruction certificate offline, and finds a changed one', async () => {
    const path = '/vault/v1/versioned-secrets/kept/versions/2';
    await admin('POST', '/vault/v1/versioned-secrets', { secretId: 'kept', value: 'to be destroyed' });
    await admin('PATCH', `${path}/state`, { state: 'destroyed' });
    let certificate = await admin('GET', `${path}/destruction-certificate`);
    while (certificate.status !== 200) certificate = await admin('GET', `${path}/destruction-certificate`);
    const keys = await admin('GET', '/audit/v1/signing-keys');
    const files = { good: join(dir, 'good.json'), bad: join(dir, 'bad.json'), keys: join(dir, 'keys.json') };
    const text = JSON.stringify(certificate.body);
    await writeFile(files.good, text);
    await writeFile(files.bad, text.replace('"subjectVersion":2', '"subjectVersion":1'));
    await writeFile(files.keys, JSON.stringify(keys.body));
    const good = await keyledger(['verify-certificate', files.good, '--keys', files.keys], {});
    const bad = await keyledger(['verify-certificate', files.bad, '--keys', files.keys], {});
    expect([good.status, good.lines[0]?.['valid'], bad.status, bad.lines[0]?.['valid']]).to.deep.equal([
      0,
      true,
      1,
      false,
    ]);
  });

  it('tour plays its story against the running instance', async () => {
    const { email = '', password = '' } = up.administrator ?? {};
    const { err, lines, status } = await keyledger(['tour', '--url', up.url, '--email', email], {
      ...env,
      PASSWORD: password,
    });
    expect([status, lines.at(-1)?.['msg']], err).to.deep.equal([0, 'done']);
  });

  it('stops cleanly at Ctrl-C, keeps the data, and goes on from it', async () => {
    expect(await up.end('SIGINT')).to.equal(0);
    expect(existsSync(join(dir, 'instance.json'))).to.equal(false);
    const { email = '', password = '' } = up.administrator ?? {};
    up = await keyledgerUp(env);
    expect(up.administrator).to.equal(undefined);
    const again = await loginAt(up.url, email, password);
    const { body } = await again('GET', '/vault/v1/versioned-secrets/kept/versions/1');
    expect(body['value']).to.equal('over a restart');
  });

  it('reset-password lets a user in again who has lost the password', async () => {
    const {
      lines: [reset],
    } = await keyledger(['reset-password', 'admin@keyledger.local'], env);
    await loginAt(up.url, 'admin@keyledger.local', String(reset?.['password']));
    const unknown = await keyledger(['reset-password', 'nobody@example.org'], env);
    expect([unknown.status, unknown.err]).to.deep.equal([
      1,
      'keyledger: There is no user with the address nobody@example.org.\n',
    ]);
  });

  it('works on the data of an instance that does not run', async () => {
    await up.end('SIGTERM');
    const {
      lines: [stats],
      status,
    } = await keyledger(['log', 'stats'], env);
    expect([status, Number(stats?.['events']) > 0]).to.deep.equal([0, true]);
    up = await keyledgerUp(env);
  });

  it('names each setting that cannot be used, and does not start', async () => {
    const { err, status } = await keyledger(['up'], { ...env, PORT: 'seven', KEYLEDGER_ROLES: 'api,cook' });
    expect(status).to.equal(1);
    expect(err)
      .to.match(/PORT/)
      .and.to.match(/KEYLEDGER_ROLES/);
  });

  it('has the version of package.json', async () => {
    const { out } = await keyledger(['--version'], {});
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect(out.trim()).to.equal(version);
  });
});
