import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { connectEventLog } from '../../src/adapters/event-log/event-log.ts';
import { openTools, type Tools } from '../../src/app/tools.ts';
import { type ArchiveVerdict, checkArchive } from '../../src/cli/audit/check-archive.ts';
import { ExternalEvent } from '../../src/domain/audit/external-event.ts';
import { type Sql, sql } from '../../src/kernel/sql.ts';
import { newTenant, seeing, sure, type Tenancy } from '../support/audit.ts';
import { canary, databaseDump, filesBelow, redisDump, sightings } from '../support/canaries.ts';
import { write } from '../support/events.ts';
import { check, fileOf, trustOf } from '../support/exports.ts';
import { freshStores, type Instance, type Reply, startInstance } from '../support/instance.ts';
import { plainInclusion, plainLeaf } from '../support/plain-proofs.ts';
import { sharedStores } from '../support/stores.ts';

type Body = Readonly<Record<string, unknown>>;
const base = '/audit/v1/retention';
const types = ['audit.ExternalEvent.Recorded', 'identity.FederationEvent.Recorded'];
const affected = ['audit_log', 'audit_external_events', 'identity_federation_events', 'audit_retention_runs'];

describe('what other products say, under keys of their own', function () {
  this.timeout(120_000);
  const canaries = Array.from({ length: 4 }, canary);
  const [name = '', target = '', word = '', claim = ''] = canaries;
  const said = { actor_name: name, target_name: target, metadata: { note: word, lines: 3 } };
  const asked = { action: 'invoice.sent', product: 'billing', actor_id: 'carol', target_id: 'invoice-1' };
  const okta = { eventType: 'login', provider: 'okta', userId: 'dana', outcome: 'success' };
  const idempotencyKey = randomUUID();
  let events: string;
  let instance: Instance;
  let tools: Tools;
  let acme: Tenancy;
  let written: Reply;
  let policyId: string;

  before(async () => {
    const node = await sharedStores().freshEventNode();
    events = node.dir;
    const stores = { ...(await freshStores()), eventStoreUrl: node.url };
    instance = await startInstance({ stores, env: { KEYLEDGER_DATA_DIR: sharedStores().scratch('payload-keys') } });
    tools = await openTools(stores, instance.config);
    acme = await newTenant(instance);
    await inClear();
  });
  after(async () => {
    await tools.close();
    await instance.stop();
  });

  /** As it was written when nothing of it was sealed. */
  async function inClear(): Promise<void> {
    const log = connectEventLog(instance.stores.eventStoreUrl);
    const past = { action: 'invoice.sent', product: 'billing', actor_name: 'Carol', metadata: { old: true } };
    await write(log, ExternalEvent, [ExternalEvent.events.Recorded(past)], {
      ...{ tenant: acme.id, id: randomUUID(), at: '2025-01-01T12:00:00.000Z', metadata: { action: 'audit.append' } },
    });
    await log.close();
  }

  const get = (path: string): Promise<Reply> => sure(acme.owner('GET', path, undefined, seeing(written)));
  const post = async (path: string, body: object, headers = {}): Promise<Reply> => {
    const reply = await sure(acme.owner('POST', path, body, { ...(written && seeing(written)), ...headers }));
    if (reply.position !== undefined) written = reply;
    return reply;
  };
  const items = async (): Promise<readonly Body[]> =>
    (await get('/v1/audit?action=invoice.sent')).body['items'] as Body[];
  const claims = async (): Promise<readonly Body[]> => {
    const { body } = await post('/auth/federation/audit/query', { providers: ['okta'] });
    return body['events'] as Body[];
  };
  const replayed = async (): Promise<string> => {
    const found: unknown[] = [];
    await tools.audit.replay('audit_external_events', BigInt(written.position ?? ''), (row) => found.push(row));
    return inspect(found, { depth: null, maxStringLength: null });
  };
  const keys = async (): Promise<Body> => (await get('/audit/v1/signing-keys')).body;
  const entriesOf = async (): Promise<readonly Body[]> => {
    const pages = await Promise.all(types.map((type) => get(`/api/audit?type=${type}&since=2026-01-01T00:00:00Z`)));
    return pages.flatMap(({ body }) => body['entries'] as Body[]);
  };
  const proofOf = async (index: number): Promise<Body> => (await get(`/audit/v1/proofs/inclusion?index=${index}`)).body;
  const proves = (proof: Body, index: number): void => {
    const of = { index, size: Number(proof['size']), leaf: plainLeaf(String(proof['entry'])) };
    expect(plainInclusion({ ...of, proof: proof['proof'] as string[] })).to.equal(proof['root']);
  };
  const cleaned = async (): Promise<Body> => {
    const { executionId } = (await post(`${base}/cleanup`, { policyId })).body;
    for (;;) {
      const { body } = await get(`${base}/executions/${String(executionId)}`);
      if (body['status'] === 'completed') return body;
      await sleep(50);
    }
  };
  const verifies = async (): Promise<void> => {
    for (const model of affected) {
      const verified = await tools.projections.verify(model);
      expect(verified, model).to.include({ differences: 0, parkedStreams: 0 });
    }
  };
  const nowhere = async (): Promise<void> => {
    const files = await filesBelow(events);
    expect(files.size).to.be.above(0);
    expect([...files].flatMap(([where, bytes]) => sightings(where, bytes, canaries))).to.deep.equal([]);
    const dump = await databaseDump(tools.owner);
    expect(sightings('the database', dump, canaries)).to.deep.equal([]);
    expect(sightings('Redis', await redisDump(instance.stores.redisUrl), canaries)).to.deep.equal([]);
  };

  it('are shown to who may read them, answered again to a retry, and stand nowhere in clear', async () => {
    const once = { 'idempotency-key': idempotencyKey };
    const { body } = await post('/v1/audit', { ...asked, ...said }, once);
    expect(body).to.deep.include({ ...asked, ...said });
    expect((await post('/v1/audit', { ...asked, ...said }, once)).body).to.deep.equal(body);
    await post('/auth/federation/audit/events', { ...okta, metadata: { claim } });
    const [first, second] = await items();
    expect(first).to.deep.include({ ...asked, ...said });
    expect(second).to.deep.include({ actor_name: 'Carol', metadata: { old: true } });
    expect((await claims()).map(({ metadata }) => metadata)).to.deep.equal([{ claim }]);
    expect(await replayed()).to.include(word);
    await nowhere();
    await verifies();
  });

  it('stay as long as a hold keeps them', async () => {
    const terms = {
      ...{ name: 'of others', retentionPeriod: 'PT1S', scope: { eventTypes: types } },
      archiveConfig: { enabled: true, destination: 'others' },
    };
    policyId = String((await post(`${base}/policies`, terms)).body['policyId']);
    const scope = { subjects: ['invoice-1', 'dana'] };
    const { holdId } = (await post(`${base}/holds`, { name: 'case 7', reason: 'litigation', scope })).body;
    await sleep(1_100);
    expect((await post(`${base}/preview`, { policyId })).body).to.include({ eventsAffected: 1 });
    expect(await cleaned()).to.include({ eventsDeleted: 1, payloadKeysShredded: 0 });
    expect((await items()).map(({ metadata }) => metadata)).to.deep.equal([said.metadata]);
    expect((await claims()).map(({ metadata }) => metadata)).to.deep.equal([{ claim }]);
    await post(`${base}/holds/${String(holdId)}/release`, {});
  });

  it('go with their entries, into an archive that shows what was said, while every proof holds', async () => {
    const indexes = (await entriesOf()).map(({ index }) => Number(index));
    expect(indexes).to.have.lengthOf(2);
    // An export signs a checkpoint over all that came before it.
    const exported = (await get('/api/audit/export?format=ndjson')).bytes;
    const proofs = await Promise.all(indexes.map(proofOf));
    expect((await post(`${base}/preview`, { policyId })).body).to.include({ eventsAffected: 2 });

    const run = await cleaned();
    expect(run).to.include({ eventsDeleted: 2, eventsArchived: 2, payloadKeysShredded: 2 });
    expect((await get(`${base}/metrics`)).body['retentionSavings']).to.include({ payloadKeysShredded: 2 });
    while ((await items()).length + (await claims()).length > 0) await sleep(20);
    expect(await tools.owner.run(shredded(acme.id))).to.deep.equal([{ keys: 2 }]);
    expect(await replayed()).to.not.include(word);
    await verifies();
    await nowhere();
    for (const [n, proof] of proofs.entries()) proves(proof, indexes[n] ?? 0);
    for (const file of [exported, (await get('/api/audit/export?format=ndjson')).bytes]) {
      expect((await check(file, trustOf(await keys()))).finding).to.equal(undefined);
      expect(sightings('an export', file, canaries)).to.deep.equal([]);
    }
    await archived(String(run['executionId']));
  });

  async function archived(executionId: string): Promise<void> {
    const archivist = await acme.somebody('audit.retention.archive');
    const { bytes } = await sure(archivist('GET', `${base}/executions/${executionId}/archive`));
    const text = gunzipSync(bytes).toString('utf8');
    for (const each of canaries) expect(text).to.include(each);
    const trust = trustOf(await keys());
    const checked = (content: string | Buffer): Promise<ArchiveVerdict> => {
      const packed = typeof content === 'string' ? gzipSync(content) : content;
      return checkArchive({ file: fileOf(packed, 'ndjson.gz'), trust, progress: () => undefined });
    };
    expect(await checked(bytes))
      .to.include({ entries: 2 })
      .and.not.have.property('reason');
    for (const each of canaries) {
      const { reason } = await checked(text.replace(each, canary()));
      expect(reason).to.match(/^line \d: the opened payload is not the one that was sealed$/);
    }
    const [unsealed, reason] = [text.replace(/"payload":\{"sealed":/, '"payload":{"_":'), /not those committed to/];
    expect((await checked(unsealed)).reason).to.match(reason);
  }
});

/** Data keys of the tenant that were shredded. */
function shredded(tenant: string): Sql {
  return sql`
    select count(*)::int as keys from kernel.keys
    where tenant_id = ${tenant} and kind = 'data' and destroyed_at is not null`;
}
