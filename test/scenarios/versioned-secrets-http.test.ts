import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { createMetrics } from '../../src/adapters/telemetry/metrics.ts';
import type { Listening } from '../../src/http/listen.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { discover, type Registry } from '../../src/kernel/registry.ts';
import { silent } from '../../src/kernel/telemetry.ts';
import type { Stack } from '../support/stack.ts';
import { startVaultStack } from '../support/vault-stack.ts';

interface Answered {
  readonly status: number;
  readonly position: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

const spellings = ['/vault/v1/versioned-secrets', '/v1/versioned-secrets'];

describe('versioned secrets over HTTP', () => {
  let stack: Stack;
  let server: Listening;
  let registry: Registry;
  before(async () => {
    stack = await startVaultStack();
    registry = await discover(fileURLToPath(new URL('../../', import.meta.url)));
    const { listen } = createHttpServer({
      registry,
      execute: stack.pipeline.execute,
      telemetry: silent,
      metrics: createMetrics(),
      readiness: async () => [],
      trustedProxies: [],
      publicUrl: undefined,
      version: '0.0.0',
      clock: stack.clock,
    });
    server = await listen(0, '127.0.0.1');
  });
  after(async () => {
    await server.close();
    await stack.close();
  });

  async function ask(method: string, path: string, body?: object, after?: string | null): Promise<Answered> {
    const response = await fetch(new URL(path, server.url), {
      method,
      headers: {
        authorization: `Bearer ${stack.tenant}/alice/vault.*`,
        ...(after == null ? {} : { 'x-wait-for-position': after }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const position = response.headers.get('x-log-position');
    return { status: response.status, position, body: (await response.json()) as Answered['body'] };
  }

  for (const [index, base] of spellings.entries()) {
    const secretId = `app-${index}/db.password`;
    const one = `${base}/${encodeURIComponent(secretId)}`;

    it(`serves the ten documented routes below ${base}`, async () => {
      for (const value of ['one', 'two', 'three']) {
        const created = await ask('POST', base, { secretId, value, metadata: { reason: 'new', changedBy: 'alice' } });
        expect(created.status).to.equal(201);
        expect(created.body).to.have.all.keys('secretId', 'version', 'createdAt');
      }
      const opened = await ask('GET', `${one}/versions/2`);
      expect(opened.body).to.include({ secretId, version: 2, value: 'two', state: 'active' });
      expect(opened.body).to.include.keys('createdAt', 'metadata');
      const rolledBack = await ask('POST', `${one}/rollback`, { targetVersion: 1, reason: 'it broke' });
      expect(rolledBack.status).to.equal(200);
      expect(rolledBack.body).to.deep.equal({ secretId, newVersion: 4, rolledBackFrom: 3, rolledBackTo: 1 });
      const compared = await ask('POST', `${one}/compare`, { version1: 1, version2: 4 });
      expect(compared.body).to.include({ secretId, different: false });
      expect(compared.body['version1']).to.include.keys('version', 'createdAt', 'hash');
      const deprecated = await ask('PATCH', `${one}/versions/3/state`, { state: 'deprecated', reason: 'old' });
      expect(deprecated.body).to.include({ secretId, version: 3, state: 'deprecated' });
      const destroyed = await ask('PATCH', `${one}/versions/3/state`, { state: 'destroyed' });
      expect(destroyed.body).to.include({ state: 'destroyed' }).and.to.include.keys('updatedAt');
      const policy = { maxVersions: 1, deleteAfter: 'P1Y', autoDestroy: false };
      const set = await ask('PUT', `${one}/retention-policy`, policy);
      expect(set.body).to.deep.include({ secretId, retentionPolicy: policy }).and.to.include.keys('updatedAt');
      const enforced = await ask('POST', `${one}/enforce-retention`);
      expect(enforced.body).to.include({ secretId, versionsDeleted: 2, versionsRetained: 1 });
      const history = await ask('GET', `${one}/history`, undefined, enforced.position);
      const versions = history.body['versions'] as Record<string, unknown>[];
      expect(versions.map(({ version, state }) => [version, state])).to.deep.equal([
        [4, 'active'],
        [3, 'destroyed'],
        [2, 'destroyed'],
        [1, 'destroyed'],
      ]);
      expect(versions[0]).to.include.keys('createdAt', 'createdBy', 'metadata');
      const audit = await ask('GET', `${one}/audit`, undefined, history.position);
      const events = audit.body['events'] as Record<string, unknown>[];
      expect(events[0]).to.include.keys('eventId', 'action', 'version', 'actor', 'timestamp');
      const actions = new Set(events.map(({ action }) => action));
      expect([...actions]).to.include.members(['created', 'read', 'deprecated', 'destroyed', 'rollback']);
      const stats = await ask('GET', `${base}/stats`, undefined, enforced.position);
      const sofar = index + 1;
      expect(stats.body).to.deep.equal({
        totalSecrets: sofar,
        totalVersions: 4 * sofar,
        averageVersionsPerSecret: 4,
        byState: { active: sofar, deprecated: 0, destroyed: 3 * sofar },
      });
    });

    it(`lists, tells and certifies below ${base}`, async () => {
      const list = await ask('GET', `${base}?prefix=app-${index}/`);
      expect((list.body['secrets'] as object[]).length).to.equal(1);
      expect((await ask('GET', one)).body).to.include({ secretId, currentVersion: 4 });
      let certificate = await ask('GET', `${one}/versions/3/destruction-certificate`);
      while (certificate.status === 404) {
        await sleep(20);
        certificate = await ask('GET', `${one}/versions/3/destruction-certificate`);
      }
      expect(certificate.body).to.include.keys('certificate', 'signature');
    });

    it(`refuses by the documented statuses below ${base}`, async () => {
      const statusOf = async (method: string, path: string, body?: object): Promise<number> =>
        (await ask(method, path, body)).status;
      const value = 'v';
      expect(await statusOf('POST', base, { secretId, value, expectedVersion: 0 })).to.equal(409);
      expect(await statusOf('POST', base, { secretId, value, metadata: { changedBy: 'bob' } })).to.equal(403);
      expect(await statusOf('POST', base, { secretId, value, tenantId: 'x' })).to.equal(400);
      expect(await statusOf('POST', base, { secretId, value: 'x'.repeat(3_000_000) })).to.equal(413);
      expect(await statusOf('GET', `${one}/versions/3`)).to.equal(410);
      expect(await statusOf('GET', `${one}/versions/9`)).to.equal(404);
      expect(await statusOf('GET', `${one}/versions/zero`)).to.equal(400);
      expect(await statusOf('GET', `${base}/nothing-there/versions/1`)).to.equal(404);
      expect(await statusOf('POST', `${one}/rollback`, { targetVersion: 4 })).to.equal(409);
      expect(await statusOf('PATCH', `${one}/versions/3/state`, { state: 'deprecated' })).to.equal(409);
      expect(await statusOf('PATCH', `${one}/versions/4/state`, { state: 'active' })).to.equal(400);
      expect(await statusOf('PUT', `${one}/retention-policy`, { deleteAfter: 'soon' })).to.equal(400);
    });
  }

  it('says the current version in the body of a compare-and-set miss', async () => {
    await ask('POST', '/v1/versioned-secrets', { secretId: 'cas', value: 'v' });
    const missed = await ask('POST', '/v1/versioned-secrets', { secretId: 'cas', value: 'w', expectedVersion: 5 });
    expect(missed.status).to.equal(409);
    expect(JSON.stringify(missed.body)).to.include('"currentVersion":1');
  });
});
