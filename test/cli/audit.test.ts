import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { seeing, sure } from '../support/audit.ts';
import { type Ended, keyledger, keyledgerUp, type Up } from '../support/cli.ts';
import type { Client, Reply } from '../support/instance.ts';
import { clientOf } from '../support/instance.ts';
import { sharedStores } from '../support/stores.ts';

const secret = '/vault/v1/versioned-secrets/db%2Fpassword';

describe('keyledger audit', function () {
  this.timeout(240_000);
  const dir = sharedStores().scratch('cli-audit');
  const env = { KEYLEDGER_DATA_DIR: join(dir, 'data'), LOG_LEVEL: 'warn' };
  let up: Up;
  let admin: Client;
  let token: string;
  let created: Reply;
  let destroyed: Reply;
  let keys: string;

  const at = (name: string): string => join(dir, name);
  const audit = (...args: readonly string[]): Promise<Ended> => keyledger(['audit', ...args], env);
  const saved = async (name: string, path: string): Promise<{ readonly file: string; readonly described: string }> => {
    const response = await fetch(`${up.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    writeFileSync(at(name), Buffer.from(await response.arrayBuffer()));
    return { file: at(name), described: /<(.*?)>/.exec(response.headers.get('link') ?? '')?.[1] ?? '' };
  };

  before(async () => {
    mkdirSync(env.KEYLEDGER_DATA_DIR);
    up = await keyledgerUp(env);
    const { email, password } = up.administrator ?? { email: '', password: '' };
    token = String((await clientOf(up.url)('POST', '/auth/login', { email, password })).body['accessToken']);
    admin = clientOf(up.url, token);
    created = await sure(admin('POST', '/vault/v1/versioned-secrets', { secretId: 'db/password', value: 'one' }));
    await sure(admin('POST', '/vault/v1/versioned-secrets', { secretId: 'db/password', value: 'two' }));
    await sure(admin('GET', `${secret}/versions/1`));
    destroyed = await sure(admin('PATCH', `${secret}/versions/1/state`, { state: 'destroyed' }));
    await sure(admin('GET', `${secret}/audit`, undefined, seeing(destroyed)));
    keys = (await saved('keys.json', '/audit/v1/signing-keys')).file;
  });
  after(() => up.end('SIGTERM'));

  it('verify confirms an export, offline', async () => {
    const { file } = await saved('audit.ndjson', '/api/audit/export?format=ndjson');
    const ndjson = await keyledger(['audit', 'verify', file, '--keys', keys], {});
    expect(ndjson.lines[0], ndjson.err).to.include({ valid: true, first: 0 });
    expect(ndjson.status).to.equal(0);
    const csv = await saved('audit.csv', '/api/audit/export?format=csv');
    const manifest = await saved('manifest.json', csv.described);
    const checked = await keyledger(['audit', 'verify', csv.file, '--keys', keys, '--manifest', manifest.file], {});
    expect(checked.lines[0], checked.err).to.include({ valid: true });
    const pdf = await saved('audit.pdf', '/api/audit/export?format=pdf');
    const bundle = await keyledger(['audit', 'verify', pdf.file, '--keys', keys], {});
    expect(bundle.lines[0], bundle.err).to.include({ valid: true, first: 0 });
  });

  it('export saves an export whole, with what it needs to be checked, and says how many entries it has', async () => {
    const told = { ...env, KEYLEDGER_TOKEN: token };
    const to = at('asked.csv');
    const saved = await keyledger(['audit', 'export', '--url', up.url, '--format', 'csv', '--output', to], told);
    const manifest = `${to}.manifest.json`;
    expect(saved.lines[0], saved.err).to.include({ file: to, manifest });
    const checked = await keyledger(['audit', 'verify', to, '--keys', keys, '--manifest', manifest], {});
    expect(checked.lines[0], checked.err).to.include({ valid: true, entries: saved.lines[0]?.['entries'] });
  });

  it('export says what is wrong, and leaves no part of a file', async () => {
    const to = at('never.ndjson');
    const wrong: readonly (readonly [string, NodeJS.ProcessEnv, RegExp])[] = [
      ['keyledger.example', {}, /--url takes where Keyledger is.*not keyledger\.example/],
      [up.url, {}, /Set KEYLEDGER_TOKEN/],
      [up.url, { KEYLEDGER_TOKEN: 'nobody' }, /answered 401/],
      ['http://127.0.0.1:1', { KEYLEDGER_TOKEN: token }, /does not answer/],
    ];
    for (const [url, given, message] of wrong) {
      const { err, status } = await keyledger(['audit', 'export', '--url', url, '--output', to], { ...env, ...given });
      expect([status, message.test(err)], err).to.deep.equal([1, true]);
    }
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-length': 1_000 });
      response.write('a part\n', () => response.destroy());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const broken = await keyledger(['audit', 'export', '--url', url, '--output', to], { KEYLEDGER_TOKEN: token });
    server.close();
    expect([broken.status, /broke off .*nothing was kept/.test(broken.err)], broken.err).to.deep.equal([1, true]);
    expect([existsSync(to), existsSync(`${to}.part`)]).to.deep.equal([false, false]);
  });

  it('verify names the first bad entry and the kind of damage, and fails', async () => {
    const lines = readFileSync(at('audit.ndjson'), 'utf8').split(/(?<=\n)/);
    writeFileSync(at('missing.ndjson'), lines.toSpliced(4, 1).join(''));
    const {
      lines: [verdict],
      status,
    } = await audit('verify', at('missing.ndjson'), '--keys', keys);
    expect(verdict).to.deep.include({ valid: false, entries: 3, damage: 'missing', from: 3, to: 3 });
    expect(status).to.equal(1);
  });

  it('verify shows a cut tail to who kept a checkpoint', async () => {
    const later = await saved('later.ndjson', '/api/audit/export?format=ndjson');
    const [last = ''] = readFileSync(later.file, 'utf8').trimEnd().split('\n').slice(-1);
    const { document } = JSON.parse(last) as { document: { size: number; checkpoint: { note: string } } };
    writeFileSync(at('kept.note'), document.checkpoint.note);
    const {
      lines: [verdict],
    } = await audit('verify', at('audit.ndjson'), '--keys', keys, '--checkpoint', at('kept.note'));
    expect(verdict).to.include({ valid: false, damage: 'cut tail', to: document.size - 1 });
  });

  it('verify says what it needs', async () => {
    const wrong: readonly (readonly [string[], RegExp])[] = [
      [[at('audit.csv'), '--keys', keys], /give it by --manifest/],
      [[at('audit.txt'), '--keys', keys], /does not end in \.csv/],
      [[at('audit.ndjson'), '--keys', at('nothing.json')], /nothing\.json cannot be read/],
      [[at('audit.ndjson'), '--keys', keys, '--checkpoint', keys], /keys\.json: a note is/],
    ];
    for (const [args, message] of wrong) {
      const { err, status } = await audit('verify', ...args);
      expect([status, message.test(err)], err).to.deep.equal([1, true]);
    }
  });

  it('prove writes a proof that verify checks alone', async () => {
    const listed = await sure(admin('GET', '/api/audit?subject=db%2Fpassword&limit=1', undefined, seeing(destroyed)));
    const [entry] = listed.body['entries'] as { eventId: string; index: number }[];
    const file = at('entry.tlog-proof');
    const proved = await audit('prove', entry?.eventId ?? '', '--output', file);
    expect(proved.lines[0], proved.err).to.deep.equal({ file, index: entry?.index });
    const {
      lines: [verdict],
      err,
    } = await keyledger(['audit', 'verify', file, '--keys', keys], {});
    expect(verdict, err).to.deep.include({ valid: true }).and.to.nested.include({ 'entry.eventId': entry?.eventId });
    const text = readFileSync(file, 'utf8');
    const extra = /extra (\S+)/.exec(text)?.[1] ?? '';
    const forged = Buffer.from(extra, 'base64').toString().replace('db/password', 'db/passwork');
    writeFileSync(at('forged.tlog-proof'), text.replace(extra, Buffer.from(forged).toString('base64')));
    expect((await audit('verify', at('forged.tlog-proof'), '--keys', keys)).lines[0]).to.include({ valid: false });
    const [first = ''] = readFileSync(at('audit.ndjson'), 'utf8').trimEnd().split('\n').slice(-1);
    const { document } = JSON.parse(first) as { document: { checkpoint: { note: string } } };
    writeFileSync(at('older.note'), document.checkpoint.note);
    const older = await audit('verify', file, '--keys', keys, '--checkpoint', at('older.note'));
    expect(older.lines[0]).to.include({ valid: false });
    expect(older.lines[0]?.['reason']).to.match(/^the proof is of the checkpoint of \d+ entries/);
    const unknown = await audit('prove', '00000000-0000-4000-8000-000000000000');
    expect(unknown.err).to.include('There is no entry');
    expect((await audit('prove', '7')).err).to.include('is no event id');
  });

  it('replay shows a read model as of a position and a time, and leaves nothing behind', async () => {
    const past = await audit('replay', '--at', String(created.position), '--projection', 'vault_secret_versions');
    expect(
      past.lines.map(({ row }) => row),
      past.err,
    ).to.have.length(1);
    expect(past.lines[0]?.['row']).to.include({ secret_id: 'db/password', version: 1, destroyed_at: null });
    const now = await audit('replay', '--at', new Date().toISOString(), '--projection', 'vault_secret_versions');
    const rows = now.lines.map(({ row }) => row as Record<string, unknown>);
    expect(rows.map(({ destroyed_at: gone, version }) => [version, gone !== null])).to.deep.equal([
      [1, true],
      [2, false],
    ]);
    const log = await audit('replay', '--at', String(created.position), '--projection', 'audit_log');
    expect(new Set(log.lines.map(({ table }) => table)), log.err).to.include.keys('audit_entries', 'audit_heads');
    expect((await audit('replay', '--at', 'soon', '--projection', 'vault_secrets')).err).to.include(
      'neither a log position',
    );
    expect((await audit('replay', '--at', '5', '--projection', 'none')).err).to.include('no read model none');
  });

  it('diff shows what changed between two moments', async () => {
    const { lines, err } = await audit(
      'diff',
      String(created.position),
      String(destroyed.position),
      '--projection',
      'vault_secret_versions',
    );
    const gone = (row: unknown): unknown => row && (row as { destroyed_at: unknown }).destroyed_at !== null;
    expect(
      lines.map(({ after, before }) => [gone(before), gone(after)]),
      err,
    ).to.deep.equal([
      [false, true],
      [undefined, false],
    ]);
    const all = await audit('diff', String(created.position), String(destroyed.position));
    expect(new Set(all.lines.map(({ table }) => table)), all.err)
      .to.include('vault_secrets')
      .and.not.include('audit_entries');
  });

  it('refuses moments that are none, or are still to come, in one sentence', async () => {
    const refused = async (...args: readonly string[]): Promise<string> => {
      const { err, status } = await audit(...args, '--projection', 'vault_secrets');
      expect(status, args.join(' ')).to.equal(1);
      expect(err.trim().split('\n'), args.join(' ')).to.have.length(1);
      return err;
    };
    for (const moment of [`9${'9'.repeat(30)}`]) {
      expect(await refused('replay', '--at', moment)).to.match(/is beyond the log, which ends at position \d+/);
    }
    expect(await refused('replay', '--at', '2999-01-01T00:00:00Z')).to.include('still to come');
    expect(await refused('replay', '--at', '1999-01-01')).to.include('Nothing is on the log up to');
    for (const moment of ['-5', '2026-13-01', '2026-01-31T12:00:00']) {
      expect(await refused('replay', '--at', moment)).to.include('neither a log position');
    }
    expect(await refused('diff', '0', '99999999999')).to.include('is beyond the log');
  });

  it('refuses files that are none or cannot be written, in one sentence', async () => {
    for (const name of ['none.ndjson', 'none.pdf', 'none.ndjson.gz']) {
      const { err, status } = await audit('verify', at(name), '--keys', keys);
      expect([status, err], name).to.deep.equal([
        1,
        `keyledger: ${at(name)} cannot be read: ENOENT: no such file or directory, access '${at(name)}'\n`,
      ]);
    }
    mkdirSync(at('folder.pdf'));
    expect((await audit('verify', at('folder.pdf'), '--keys', keys)).err).to.equal(
      `keyledger: ${at('folder.pdf')} is no file.\n`,
    );
    const { body } = await admin('GET', '/api/audit?limit=1');
    const [entry] = body['entries'] as { eventId: string }[];
    await sure(admin('GET', '/api/audit/export?format=ndjson'));
    const unwritten = await audit('prove', entry?.eventId.toUpperCase() ?? '', '-o', at('no/such/folder'));
    expect([unwritten.status, unwritten.err]).to.satisfy(
      ([status, err]: [number, string]) => status === 1 && /folder cannot be written: ENOENT.*\n$/.test(err),
    );
  });

  it('makes no data where there is none', async () => {
    const empty = { ...env, KEYLEDGER_DATA_DIR: at('empty') };
    for (const args of [
      ['audit', 'who-did', 'db/password'],
      ['log', 'stats'],
      ['projections', 'status'],
    ]) {
      const { err, status } = await keyledger(args, empty);
      expect([status, err.trim().split('\n').length]).to.deep.equal([1, 1]);
      expect(err).to.include(`no data of Keyledger in ${at('empty')}`);
    }
    expect((await keyledger(['doctor'], empty)).status).to.equal(0);
    expect(existsSync(at('empty'))).to.equal(false);
  });

  it('who-did tells who did what to a secret, and to one version of it', async () => {
    const {
      lines: [told],
      err,
    } = await audit('who-did', 'db/password');
    const actions = ((told?.['deeds'] ?? []) as { action: string }[]).map(({ action }) => action);
    expect(actions, err).to.include.members(['created', 'read', 'destroyed']);
    const {
      lines: [first],
    } = await audit('who-did', 'db/password', '--version', '1');
    const deeds = first?.['deeds'] as Record<string, unknown>[];
    expect(deeds.slice(0, 3).map(({ action, version }) => [action, version])).to.deep.equal([
      ['created', 1],
      ['read', 1],
      ['destroyed', 1],
    ]);
    expect(deeds[0]?.['actor']).to.match(/^user\//);
    expect(deeds[0]?.['index']).to.be.a('string');
    const refused = async (...args: readonly string[]): Promise<string> => (await audit('who-did', ...args)).err;
    expect(await refused('nothing')).to.equal('keyledger: Nothing is known of a secret nothing.\n');
    expect(await refused('db/password', '--version', '9', '--tenant', 'acme')).to.equal(
      'keyledger: Nothing is known of version 9 of a secret db/password in tenant acme.\n',
    );
    for (const version of ['x', '0', '99999999999']) {
      expect(await refused('db/password', '--version', version), version).to.equal(
        'keyledger: --version takes a whole number from 1 on.\n',
      );
    }
  });
});
