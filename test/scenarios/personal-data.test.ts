import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { connectEventLog } from '../../src/adapters/event-log/event-log.ts';
import { openTools, type Tools } from '../../src/app/tools.ts';
import { Request } from '../../src/kernel/request.ts';
import { newTenant, seeing, sure, type Tenancy } from '../support/audit.ts';
import { canary, databaseDump, filesBelow, redisDump, sightings } from '../support/canaries.ts';
import { keyledger } from '../support/cli.ts';
import { write } from '../support/events.ts';
import { check, trustOf } from '../support/exports.ts';
import { type Client, clientOf, freshStores, type Instance, type Reply, startInstance } from '../support/instance.ts';
import { plainInclusion, plainLeaf } from '../support/plain-proofs.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { readStream } from '../support/sse.ts';
import { sharedStores } from '../support/stores.ts';

type Body = Readonly<Record<string, unknown>>;
const root = '/vault/v1/versioned-secrets';
const erasures = '/audit/v1/retention/erasures';
const reports = '/auth/federation/audit/reports';
const alice = { email: 'alice@example.org', name: 'Alice', password: 'a password of hers', roles: ['owner'] };

/** An address of the documentation's range (RFC 3849) that nobody else has. */
const freshAddress = (): string =>
  `2001:db8:${(randomBytes(10).toString('hex').match(/.{4}/g) ?? []).map((group) => `1${group.slice(1)}`).join(':')}:1`;

describe('personal data that is erased', function () {
  this.timeout(120_000);
  const origin = { 'x-forwarded-for': freshAddress(), 'user-agent': canary() };
  const canaries = Object.values(origin);
  const plain = { address: '192.0.2.200', subject: 'written before' };
  let events: string;
  let dataDir: string;
  let first: Instance;
  let second: Instance;
  let tools: Tools;
  let acme: Tenancy;
  let aliceId: string;
  let written: Reply;
  let subscriptionId: string;
  let receiver: Receiver;
  let hookId: string;
  let versions = 0;

  before(async () => {
    const node = await sharedStores().freshEventNode();
    events = node.dir;
    dataDir = sharedStores().scratch('personal-data');
    const stores = { ...(await freshStores()), eventStoreUrl: node.url };
    const env = { KEYLEDGER_DATA_DIR: dataDir, KEYLEDGER_TRUSTED_PROXIES: 'loopback' };
    const allowed = { ...env, KEYLEDGER_OUTGOING_ALLOW: '127.0.0.0/8' };
    first = await startInstance({ stores, env: allowed });
    second = await startInstance({ stores, env: { ...env, KEYLEDGER_ROLES: 'api' } });
    tools = await openTools(stores, first.config);
    acme = await newTenant(first);
    aliceId = String((await sure(acme.owner('POST', '/auth/v1/users', alice))).body['userId']);
    const subscribed = await sure(
      acme.owner('POST', '/audit/v1/streaming/subscriptions', { name: 'all', filters: {} }),
    );
    subscriptionId = String(subscribed.body['subscriptionId']);
    receiver = await startReceiver();
    hookId = await hooked();
    await plainFact();
    await actsOfAlice();
  });
  after(async () => {
    await tools.close();
    await second.stop();
    await first.stop();
    await receiver.close();
  });

  /** A fact as it was written when addresses stood on the log in clear. */
  async function plainFact(): Promise<void> {
    const log = connectEventLog(first.stores.eventStoreUrl);
    const asked = { operation: 'vault.openSecretVersion', action: 'vault.secret.open', subject: plain.subject };
    await write(log, Request, [Request.events.Answered({ ...asked, status: 200 })], {
      ...{ tenant: acme.id, id: '2026-01-01', at: '2026-01-01T12:00:00.000Z' },
      metadata: { ...asked, source: plain.address },
    });
    await log.close();
  }

  /** Asks from where Alice is, with what she uses. */
  const from =
    (client: Client): Client =>
    (method, path, body, headers) =>
      client(method, path, body, { ...headers, ...origin });

  async function actsOfAlice(): Promise<void> {
    const { email, password } = alice;
    const anybody = from(clientOf(first.url));
    expect((await anybody('POST', '/auth/login', { email, password: 'mistyped' })).status).to.equal(401);
    await first.app.pipeline.close();
    const { body } = await sure(anybody('POST', '/auth/login', { email, password }));
    const token = String(body['accessToken']);
    written = await sure(from(clientOf(first.url, token))('POST', root, { secretId: 'db', value: 'one' }));
    written = await sure(from(clientOf(second.url, token))('POST', root, { secretId: 'db', value: 'two' }));
    versions += 2;
  }

  const get = (path: string, by: Instance = first): Promise<Reply> =>
    sure(by.client(acme.token)('GET', path, undefined, seeing(written)));

  const streamed = async (at: string): Promise<string> => {
    const url = `${at}/audit/v1/streaming/events?subscriptionId=${subscriptionId}&after=0`;
    const client = await readStream(url, { authorization: `Bearer ${acme.token}` });
    expect(client.status).to.equal(200);
    while (!client.text().includes(String(written.position))) await sleep(20);
    client.leave();
    return client.text();
  };

  async function hooked(): Promise<string> {
    const destination = { type: 'webhook', config: { url: receiver.url } };
    const filters = { eventTypes: ['vault.Secret.VersionAdded'] };
    const { body } = await sure(
      acme.owner('POST', '/audit/v1/streaming/subscriptions', { name: 'hook', filters, destination }),
    );
    return String(body['subscriptionId']);
  }

  /** What is delivered of the versions she added, once more. */
  async function delivered(): Promise<string> {
    const before = (await receiver.count(versions)).length;
    await sure(acme.owner('POST', `/audit/v1/streaming/subscriptions/${hookId}/replay`));
    const all = await receiver.count(before + versions);
    return all
      .slice(before)
      .map(({ text }) => text)
      .join('\n');
  }

  /** Every way to read what Alice did, as text. */
  async function reads(): Promise<Readonly<Record<string, string>>> {
    const paths = ['/api/audit', '/api/v1/audit-events', '/v1/audit', `${root}/db/audit`];
    const bodies = await Promise.all(
      [first, second].flatMap((by, n) =>
        paths.map(async (path) => [`${path} of ${n}`, (await get(path, by)).bytes.toString()] as const),
      ),
    );
    return {
      ...Object.fromEntries(bodies),
      'the stream of the first': await streamed(first.url),
      'the stream of the second': await streamed(second.url),
      ...(await looks()),
      deliveries: await delivered(),
      'a report': JSON.stringify(await securityReport()),
    };
  }

  /** As the command line has it, which is started for each look. */
  async function looks(): Promise<Readonly<Record<string, string>>> {
    const { audit, close } = await openTools(first.stores, first.config);
    const deeds = await audit.whoDid({ secretId: 'db' });
    const replayed: unknown[] = [];
    await audit.replay('vault_secret_trail', BigInt(written.position ?? ''), (found) => replayed.push(found));
    await close();
    const text = (value: unknown): string => inspect(value, { depth: null, maxStringLength: null });
    return { 'who-did': text(deeds), 'a replay': text(replayed) };
  }

  async function securityReport(): Promise<Body> {
    const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const terms = { reportType: 'security', format: 'json', startDate: day(0), endDate: day(1) };
    const { body } = await sure(acme.owner('POST', reports, terms));
    for (;;) {
      const report = await get(`${reports}/${String(body['reportId'])}`);
      if (report.body['status'] !== 'pending') return report.body;
      await sleep(50);
    }
  }

  const showing = async (): Promise<readonly string[]> =>
    Object.entries(await reads())
      .filter(([, text]) => text.includes(origin['x-forwarded-for']))
      .map(([name]) => name);

  async function erased(): Promise<Body> {
    await sure(acme.owner('POST', erasures, { subjectId: aliceId, reason: 'she asked for it' }));
    for (;;) {
      const { body } = await get(`${erasures}/${aliceId}`);
      if (body['status'] !== 'requested') return body;
      await sleep(50);
    }
  }

  const exported = async (): Promise<Buffer> => (await get('/api/audit/export?format=ndjson')).bytes;
  const proofOf = async (index: number): Promise<Body> => (await get(`/audit/v1/proofs/inclusion?index=${index}`)).body;
  const proves = (proof: Body, index: number): void => {
    const claim = { index, size: Number(proof['size']), leaf: plainLeaf(String(proof['entry'])) };
    expect(plainInclusion({ ...claim, proof: proof['proof'] as string[] })).to.equal(proof['root']);
  };
  const keys = async (): Promise<Body> => (await get('/audit/v1/signing-keys')).body;

  it('is shown in full before, to who may read the audit, in every process', async () => {
    expect(await showing()).to.deep.equal(Object.keys(await reads()));
  });

  it('is withheld by a hold, that says so', async () => {
    const hold = (subject: string): Promise<Reply> => {
      const placed = { name: 'case 7', reason: 'litigation', scope: { subjects: [subject] } };
      return sure(acme.owner('POST', '/audit/v1/retention/holds', placed));
    };
    const { holdId } = (await hold('db')).body;
    await hold('something she has nothing to do with');
    expect(await erased()).to.deep.include({ subjectId: aliceId, status: 'withheld', holds: [holdId] });
    expect(await showing())
      .to.include('/api/audit of 0')
      .and.include('/api/audit of 1');
    await sure(acme.owner('POST', `/audit/v1/retention/holds/${String(holdId)}/release`));
  });

  it('is gone from every read, with a certificate, while every proof holds', async () => {
    const report = await securityReport();
    const [entry] = ((await get(`/api/audit?type=vault.Secret.VersionAdded&limit=1`)).body['entries'] ??
      []) as readonly Body[];
    const index = Number(entry?.['index']);
    // An export signs a checkpoint over all that came before it.
    const file = await exported();
    const proof = await proofOf(index);

    await certified(await erased());
    while ((await showing()).length > 0) await sleep(50);
    const [now] = ((await get(`/api/audit?type=vault.Secret.VersionAdded&limit=1`)).body['entries'] ??
      []) as readonly Body[];
    expect(now).to.deep.equal({ ...entry, sourceAddress: null, userAgent: null });
    for (const each of [proof, await proofOf(index)]) proves(each, index);
    for (const each of [file, await exported()]) {
      expect((await check(each, trustOf(await keys()))).finding).to.equal(undefined);
      expect(sightings('an export', each, canaries)).to.deep.equal([]);
    }
    while ((await acme.owner('GET', `${reports}/${String(report['reportId'])}/download`)).status !== 410)
      await sleep(50);
  });

  async function certified({ certificate, signature, status }: Body): Promise<void> {
    expect(status).to.equal('completed');
    expect(certificate).to.include({ tenant: acme.id, subjectType: 'audit.user', subjectId: aliceId });
    const dir = join(dataDir, 'certificates');
    mkdirSync(dir);
    const files = { good: join(dir, 'good.json'), bad: join(dir, 'bad.json'), keys: join(dir, 'keys.json') };
    const text = JSON.stringify({ certificate, signature });
    writeFileSync(files.good, text);
    writeFileSync(files.bad, text.replace(aliceId, acme.id));
    writeFileSync(files.keys, JSON.stringify(await keys()));
    for (const [file, isValid] of [
      [files.good, true],
      [files.bad, false],
    ] as const) {
      const { lines } = await keyledger(['verify-certificate', file, '--keys', files.keys], {});
      expect(lines[0]).to.include({ valid: isValid });
    }
  }

  it('stands nowhere in clear: not in the log, the database or Redis', async () => {
    const files = await filesBelow(events);
    expect([...files].flatMap(([where, bytes]) => sightings(where, bytes, canaries))).to.deep.equal([]);
    const dump = await databaseDump(tools.owner);
    expect(dump.includes(aliceId)).to.equal(true);
    expect(sightings('the database', dump, canaries)).to.deep.equal([]);
    expect(sightings('Redis', await redisDump(first.stores.redisUrl), canaries)).to.deep.equal([]);
  });

  it('leaves what others did, and what was written before, as they were', async () => {
    const [entry] = (await get(`/api/audit?subject=${encodeURIComponent(plain.subject)}`)).body['entries'] as Body[];
    expect(entry).to.include({ sourceAddress: plain.address });
    const index = Number(entry?.['index']);
    proves(await proofOf(index), index);
    const text = (await get('/api/audit?action=audit.personal-data.erase')).bytes.toString();
    expect(text).to.match(/"sourceAddress":"(::ffff:)?127\.0\.0\.1"/);
    for (const name of ['audit_log', 'vault_secret_trail', 'identity_federation_events']) {
      expect(await tools.projections.verify(name), name).to.include({ differences: 0 });
    }
  });

  it('is sealed anew for who comes back', async () => {
    await actsOfAlice();
    expect(await showing())
      .to.include('/api/audit of 0')
      .and.include('/api/audit of 1');
    const { certificate } = await erased();
    const { keyIds, keys: count } = (certificate as { evidence: Body }).evidence;
    expect([count, String(keyIds).split(' ').length]).to.deep.equal([2, 2]);
    while ((await showing()).length > 0) await sleep(50);
  });
});
