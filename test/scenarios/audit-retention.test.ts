import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { client } from '../../infra/event-node/admin.ts';
import { connectEventLog } from '../../src/adapters/event-log/event-log.ts';
import { openTools, type Tools } from '../../src/app/tools.ts';
import { type ArchiveVerdict, checkArchive } from '../../src/cli/audit/check-archive.ts';
import type { EventLog } from '../../src/kernel/log.ts';
import { Request } from '../../src/kernel/request.ts';
import { rawSql, sql } from '../../src/kernel/sql.ts';
import { newTenant, seeing, sure, type Tenancy } from '../support/audit.ts';
import { write } from '../support/events.ts';
import { check, fileOf, trustOf } from '../support/exports.ts';
import { type Instance, type Reply, startInstance } from '../support/instance.ts';

type Body = Readonly<Record<string, unknown>>;
const base = '/audit/v1/retention';
const [first, second, third] = ['2025-01-01', '2025-01-02', '2025-01-03'];
/** Read models that are made of facts about requests. */
const affected = [
  ...[
    'audit_log',
    'identity_cross_tenant_activity',
    'identity_federation_events',
    'tenancy_usage',
    'vault_secret_trail',
  ],
];

describe('retention of the audit over HTTP', function () {
  this.timeout(40_000);
  let instance: Instance;
  let acme: Tenancy;
  let log: EventLog;
  let tools: Tools;
  let written: Reply;

  before(async () => {
    instance = await startInstance();
    log = connectEventLog(instance.stores.eventStoreUrl);
    tools = await openTools(instance.stores);
    acme = await newTenant(instance);
    await sure(acme.owner('POST', '/vault/v1/versioned-secrets', { secretId: 'db', value: 'one' }));
    await old(first, ['db', 'db', 'files', 'db'], { meter: 'vault.opens', units: 1 });
    await old(second, ['db', 'case-7', 'files']);
    await failedLogin();
    written = await sure(acme.owner('POST', '/vault/v1/versioned-secrets', { secretId: 'db', value: 'two' }));
  });
  after(async () => {
    await tools.close();
    await log.close();
    await instance.stop();
  });

  /** Facts about requests of a day that is long past. */
  async function old(day: string, subjects: readonly string[], metadata = {}): Promise<void> {
    for (const subject of subjects) {
      const asked = { operation: 'vault.openSecretVersion', action: 'vault.secret.open', subject };
      await write(log, Request, [Request.events.Answered({ ...asked, status: 200 })], {
        ...{ tenant: acme.id, id: day, at: `${day}T12:00:00.000Z` },
        metadata: { ...asked, ...metadata },
      });
    }
  }
  /** By the hand of the platform, so that it crosses tenants too. */
  async function failedLogin(): Promise<void> {
    const asked = { operation: 'identity.login', action: 'identity.session.open', subject: 'bob' };
    await write(log, Request, [Request.events.Denied({ ...asked, status: 401, code: 'InvalidCredentials' })], {
      ...{ tenant: acme.id, id: third, at: `${third}T12:00:00.000Z` },
      metadata: { ...asked, actor: { type: 'user', id: 'platform/operator' } },
    });
  }
  const get = async (path: string): Promise<Reply> => sure(acme.owner('GET', path, undefined, seeing(written)));
  const post = async (path: string, body: object): Promise<Reply> => {
    const reply = await sure(acme.owner('POST', `${base}/${path}`, body, seeing(written)));
    if (reply.position !== undefined) written = reply;
    return reply;
  };
  const entriesOf = async (subject: string): Promise<readonly Body[]> =>
    (await get(`/api/audit?subject=${subject}&until=2025-02-01T00:00:00Z`)).body['entries'] as Body[];
  const completed = async (executionId: string): Promise<Body> => {
    for (;;) {
      const { body } = await get(`${base}/executions/${executionId}`);
      if (body['status'] === 'completed') return body;
      await sleep(50);
    }
  };
  const factsOf = async (day: string): Promise<number> => {
    let facts = 0;
    for await (const _ of log.readStream(`audit.Request-${acme.id}.${day}`)) facts++;
    return facts;
  };
  const terms = (archive: boolean) => ({
    name: 'requests of last year',
    retentionPeriod: 'P30D',
    scope: { eventTypes: ['vault.secret.*'], services: ['vault'] },
    archiveConfig: { enabled: archive, destination: 'cold' },
  });

  it('takes what the preview told, archives it first, and leaves what is held', async () => {
    const { policyId } = (await post('policies', terms(true))).body;
    const { holdId } = (await post('holds', { name: 'case 7', reason: 'litigation', scope: { subjects: ['case-7'] } }))
      .body;
    const preview = (await post('preview', { policyId })).body;
    expect(preview).to.include({
      policyId,
      eventsAffected: 6,
      oldestEventDate: `${first}T12:00:00.000Z`,
      newestEventDate: `${second}T12:00:00.000Z`,
    });
    const dry = (await post('cleanup', { policyId, dryRun: true })).body;
    const counts = { eventsProcessed: 7, eventsDeleted: 6, eventsArchived: 6 };
    expect(dry).to.include({ ...counts, dryRun: true });
    expect(await entriesOf('db')).to.have.lengthOf(4);

    const started = (await post('cleanup', { policyId })).body;
    expect(started).to.include({ ...counts, dryRun: false });
    const executionId = String(started['executionId']);
    const run = await completed(executionId);
    expect(run).to.include({ eventsExpected: 6, eventsDeleted: 6, eventsArchived: 6, requestDaysTruncated: 1 });
    expect([await entriesOf('db'), await entriesOf('files')]).to.deep.equal([[], []]);
    expect(await entriesOf('case-7')).to.have.lengthOf(1);
    expect([await factsOf(first), await factsOf(second)]).to.deep.equal([0, 3]);

    await verified(executionId, run);
    const metrics = (await get(`${base}/metrics`)).body;
    expect(metrics['retentionSavings']).to.include({ eventsDeleted: 6 });
    expect(metrics['byAge']).to.include({ older: 2 });

    await post(`holds/${String(holdId)}/release`, {});
    const again = String((await post('cleanup', { policyId })).body['executionId']);
    expect(await completed(again)).to.include({ eventsDeleted: 1, requestDaysTruncated: 1 });
    expect(await factsOf(second)).to.equal(0);
    expect((await post('cleanup', { policyId })).body).to.include({ eventsProcessed: 0, eventsDeleted: 0 });
  });

  it('takes what other read models tell of the same facts', async () => {
    const rows = async (table: string): Promise<number> => {
      const statement = sql`select count(*)::int as rows from ${rawSql(`read_models.${table}`)} where position = ${position}`;
      return Number((await tools.owner.run(statement))[0]?.['rows']);
    };
    let position = 0n;
    for await (const fact of log.readStream(`audit.Request-${acme.id}.${third}`)) position = fact.position;
    expect(await rows('identity_federation_events')).to.equal(1);
    expect(await rows('identity_cross_tenant_activity')).to.equal(2);
    const { policyId } = (await post('policies', { ...terms(false), scope: { services: ['identity'] } })).body;
    const executionId = String((await post('cleanup', { policyId })).body['executionId']);
    expect(await completed(executionId)).to.include({ eventsDeleted: 1, eventsArchived: 0, requestDaysTruncated: 1 });
    while ((await rows('identity_federation_events')) + (await rows('identity_cross_tenant_activity')) > 0)
      await sleep(20);
  });

  async function verified(executionId: string, run: Body): Promise<void> {
    const path = `${base}/executions/${executionId}/archive`;
    expect((await acme.owner('GET', path.replace(executionId, randomUUID()))).status).to.equal(404);
    const archivist = await acme.somebody('audit.retention.archive');
    const { bytes: archive } = await sure(archivist('GET', path));
    expect(createHash('sha256').update(archive).digest('hex')).to.equal((run['archive'] as Body)['sha256']);
    const lines = gunzipSync(archive).toString('utf8').trimEnd().split('\n');
    const trust = trustOf((await get('/audit/v1/signing-keys')).body);
    const checked = (content: Uint8Array): Promise<ArchiveVerdict> =>
      checkArchive({ file: fileOf(content, 'ndjson.gz'), trust, progress: () => undefined });
    const packed = (content: readonly string[]): Buffer => gzipSync(`${content.join('\n')}\n`);
    const { head, ...verdict } = await checked(archive);
    expect(verdict).to.deep.equal({ entries: 6, sha256: (run['archive'] as Body)['sha256'] });
    expect(head).to.include({ tenant: acme.id, runId: executionId });
    for (const [line, from, to] of [
      [1, '"subject":"db"', '"subject":"dx"'],
      [2, '"status":200', '"status":404'],
      [3, '"proof":["', '"proof":["A'],
    ] as const) {
      const changed = lines.map((text, index) => (index === line ? text.replace(from, to) : text));
      const { entries, reason } = await checked(packed(changed));
      expect([entries, reason?.slice(0, 7)]).to.deep.equal([line - 1, `line ${line + 1}:`]);
    }
    const [first = '', ...rest] = lines;
    const note = JSON.stringify((head?.checkpoint.note ?? '').replace(/.{8}\n$/, 'AAAAAAA=\n'));
    for (const [content, reason] of [
      [packed(lines.toSpliced(2, 1)), '6 entries were written, and 5 are here'],
      [packed(lines.slice(0, -2)), 'the file ends before the archive does'],
      [packed(lines.slice(0, -1)), 'it has no seal'],
      [packed(lines), 'it has no seal'],
      [packed([...lines, lines[1] ?? '']), 'stands behind the end'],
      [packed([first.replace(/"note":".*?[^\\]"/, `"note":${note}`), ...rest]), 'the signature of'],
      [archive.subarray(0, -20), 'cannot be uncompressed'],
      [Buffer.from('no archive'), 'cannot be uncompressed'],
    ] as const) {
      expect((await checked(content)).reason).to.include(reason);
    }
  }

  it('leaves an export that checks, with a line for each entry that was taken', async () => {
    const guide = readFileSync(new URL('../../../docs/guides/audit-export.md', import.meta.url), 'utf8');
    const [, program = ''] = /```js\n(.*?)```/s.exec(guide) ?? [];
    const folder = dirname(fileOf(program, 'mjs'));
    const keys = (await get('/audit/v1/signing-keys')).body;
    writeFileSync(join(folder, 'keys.json'), JSON.stringify(keys));
    const { bytes } = await get('/api/audit/export?format=ndjson');
    const lines = bytes.toString('utf8').trimEnd().split('\n');
    expect(lines.filter((line) => line.includes('"kind":"pruned"'))).to.have.lengthOf(8);
    expect((await check(bytes, trustOf(keys))).finding).to.equal(undefined);
    writeFileSync(join(folder, 'export.ndjson'), bytes);
    const run = (): string =>
      execFileSync(process.execPath, ['export.mjs', 'export.ndjson', 'keys.json'], { cwd: folder, encoding: 'utf8' });
    expect(run()).to.match(/^valid: /);

    const empty = lines.findIndex((line) => line.includes('"kind":"pruned"'));
    const told = lines.map((line, index) =>
      index === empty ? line.replace('"kind":"pruned"', '"kind":"entry"') : line,
    );
    expect((await check(`${told.join('\n')}\n`, trustOf(keys))).finding).to.include({ damage: 'changed' });
  });

  it('replays to the same read models, before the log has freed the facts and after', async () => {
    for (const name of affected) {
      expect(await tools.projections.verify(name), name).to.include({ differences: 0, parkedStreams: 0 });
    }
    await client(instance.stores.eventStoreUrl).scavenge();
    for (;;) {
      const { events } = await log.readAll({ max: 5_000 });
      if (events.filter(({ stream }) => stream === `audit.Request-${acme.id}.${first}`).length === 1) break;
      await sleep(20);
    }
    for (const name of affected) {
      expect(await tools.projections.verify(name), name).to.include({ differences: 0, parkedStreams: 0 });
    }
    expect((await get('/tenant/v1/usage?month=2025-01')).body).to.deep.equal({
      usage: [{ month: '2025-01', meter: 'vault.opens', units: 4 }],
    });
  });
});
