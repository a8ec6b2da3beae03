import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { dialectOf } from '../../src/http/dialects/choose.ts';
import type { DialectName } from '../../src/http/dialects/dialect.ts';
import { documentedRoutes } from '../../src/http/dialects/documented.ts';
import { ask, type Surface, startSurface } from './surface.ts';

describe('dialects', () => {
  let surface: Surface;
  before(async () => {
    surface = await startSurface({
      gates: {
        entitlement: () => ({ allowed: false, neededPlan: 'PRO' }),
        rate: async (key) =>
          key.includes('/busy')
            ? { allowed: false, limit: 5, remaining: 0, resetSeconds: 9 }
            : { allowed: true, limit: 5, remaining: 4, resetSeconds: 9 },
      },
    });
  });
  after(() => surface.close());

  const fail = (route: string, asking = {}) => ask(surface.server.url, route, { body: { nope: 1 }, ...asking });

  it('qnsp: statusCode, error, message, details, requestId, timestamp', async () => {
    const { body, headers } = await fail('POST /vault/v1/things/a');
    expect(body).to.deep.equal({
      statusCode: 400,
      error: 'BAD_REQUEST',
      message: 'The request has fields that are not accepted.',
      details: {
        nope: 'is not a field of this request',
        issues: [{ path: 'nope', message: 'is not a field of this request' }],
        code: 'InvalidInput',
      },
      requestId: headers['x-request-id'],
      timestamp: '2026-01-01T00:00:00.000Z',
    });
  });

  it('puts the facts of a refusal under details', async () => {
    const { body, status } = await fail('PUT /vault/v1/notes/cas', { body: { text: 'x', ifVersion: 7 } });
    expect([status, body['error'], body['message']]).to.deep.equal([409, 'CONFLICT', 'The note has changed.']);
    expect(body['details']).to.deep.equal({ code: 'VersionMismatch', currentVersion: 0 });
  });

  it('secret-broker: as qnsp', async () => {
    const { body } = await fail('POST /api/v1/roles');
    expect(body).to.have.all.keys('statusCode', 'error', 'message', 'details', 'requestId', 'timestamp');
  });

  it('certifyclouds: 403 with the tier, where others say 402', async () => {
    const { body, status } = await fail('POST /api/assets/discovery/scan', { body: {} });
    expect(status).to.equal(403);
    expect(body).to.include({ statusCode: 403, error: 'FORBIDDEN', requiredTier: 'PRO' });
    const other = await fail('POST /v1/tenants', { body: {} });
    expect([other.status, other.body['error']]).to.deep.equal([402, 'not_entitled']);
  });

  it('tenant-registry: error and message', async () => {
    const { body, headers, status } = await fail('POST /v1/tenants');
    expect(status).to.equal(400);
    expect(body).to.include({ error: 'invalid_input', requestId: headers['x-request-id'] });
    expect(body).to.have.all.keys('error', 'message', 'details', 'requestId');
  });

  it('zeriq: data and meta, message and errors', async () => {
    const good = await fail('POST /api/payouts', { body: { reason: 'r' } });
    expect(good.body).to.deep.equal({ data: { at: 'POST /api/payouts', input: { reason: 'r' } }, meta: null });
    const list = await ask(surface.server.url, 'GET /api/ledger');
    expect(list.body).to.deep.equal({ data: [{ id: 'a' }, { id: 'b' }], meta: { next_cursor: 'after-b' } });
    const bad = await fail('POST /api/payouts');
    expect(bad.body).to.deep.include({ code: 'invalid_input', errors: { nope: ['is not a field of this request'] } });
    expect(bad.body).to.have.all.keys('message', 'errors', 'code', 'details', 'requestId');
    const inherited = await fail('POST /api/payouts', { body: { constructor: 1 } });
    expect(inherited.body['errors']).to.have.own.property('constructor');
  });

  it('zeriq: its own codes', async () => {
    const codeOf = async (asking: object): Promise<unknown> => {
      const { body, status } = await ask(surface.server.url, 'GET /api/ledger', asking);
      return [status, body['code'], body['errors']];
    };
    expect(await codeOf({ token: null })).to.deep.equal([401, 'unauthenticated', null]);
    expect(await codeOf({ token: 'acme/ann/other' })).to.deep.equal([403, 'scope_denied', null]);
    expect(await codeOf({ token: 'acme/busy/*' })).to.deep.equal([429, 'quota_exceeded', null]);
  });

  it('says in every dialect when to come back', async () => {
    const { headers, status } = await fail('POST /vault/v1/things/a', { body: {}, token: 'acme/busy/*' });
    expect(status).to.equal(429);
    expect(headers).to.include({ 'retry-after': '9', 'x-ratelimit-remaining': '0', 'x-ratelimit-limit': '5' });
  });

  it('answers unknown paths in the dialect of where they are', async () => {
    expect((await fail('GET /api/payouts/1/2/3', { body: undefined })).body).to.have.keys(
      'message',
      'errors',
      'code',
      'details',
      'requestId',
    );
    expect((await fail('GET /v1/tenants/1/2/3', { body: undefined })).body).to.include({ error: 'route_not_found' });
    expect((await fail('GET /api/none', { body: undefined })).body).to.include({ error: 'NOT_FOUND' });
  });
});

describe('the dialect of a path', () => {
  it('is the document that describes it, for every documented route', () => {
    for (const [name, routes] of Object.entries(documentedRoutes)) {
      for (const route of routes) {
        const path = route.slice(route.indexOf(' ') + 1);
        const shared = ['/healthz', '/readyz', '/metrics'].includes(path);
        if (!shared) expect(`${route}: ${dialectOf(path).name}`).to.equal(`${route}: ${name}`);
      }
    }
  });

  it('is the same for additions beside them', () => {
    const choices: Readonly<Record<string, DialectName>> = {
      '/kms/v1/keys': 'qnsp',
      '/api/v1x': 'certifyclouds',
      '/api/v1/anything': 'secret-broker',
      '/api/overviews': 'certifyclouds',
      '/api/settings/api-tokens/x/y': 'zeriq',
      '/api/settings/other': 'certifyclouds',
      '/v1/tenants/x/projects': 'tenant-registry',
      '/v1/versioned-secrets/x': 'qnsp',
    };
    for (const [path, name] of Object.entries(choices)) expect(dialectOf(path).name).to.equal(name);
  });

  it('covers the five documents, where they are at hand', () => {
    const spec = '../shared/spec';
    if (!existsSync(spec)) {
      console.log('      (the documents are not at hand: only the committed tables were checked)');
      return;
    }
    for (const [name, routes] of Object.entries(documentedRoutes)) {
      const rows = JSON.parse(readFileSync(`${spec}/${name}.json`, 'utf8')) as { method: string; path: string }[];
      expect([...new Set(rows.map(({ method, path }) => `${method} ${path}`))]).to.satisfy((all: string[]) =>
        all.every((route) => (routes as readonly string[]).includes(route)),
      );
    }
  });
});
