import { expect } from 'chai';
import type { EventLog, LogEvent } from '../../src/kernel/log.ts';
import { type Answered, anyone, ask, type Surface, startSurface } from './surface.ts';

let surface: Surface;

async function eventsOf(log: EventLog, noteId: string): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  for await (const event of log.readStream(`test.Note-acme.${noteId}`)) events.push(event);
  return events;
}

async function noteEvents(noteId: string): Promise<readonly LogEvent[]> {
  return eventsOf(surface.log, noteId);
}

let notes = 0;
const freshNote = (): string => `n${Date.now()}-${process.pid}-${notes++}`;

function write(noteId: string, headers: Record<string, string> = {}, text = 'hello'): Promise<Answered> {
  return ask(surface.server.url, `PUT /vault/v1/notes/${noteId}`, { body: { text }, headers });
}

describe('a request over HTTP', () => {
  before(async () => {
    surface = await startSurface({ trustedProxies: ['loopback'] });
  });
  after(() => surface.close());

  const get = (route: string, asking = {}): Promise<Answered> => ask(surface.server.url, route, asking);

  it('writes, and answers with position, request id and rate', async () => {
    const answered = await write(freshNote());
    expect(answered.status).to.equal(200);
    expect(answered.body).to.include({ version: 1 });
    expect(answered.headers['x-log-position']).to.match(/^\d+$/);
    expect(answered.headers['x-request-id']).to.match(/^[\w-]{36}$/);
    expect(answered.headers).to.include({ 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '99' });
    expect(answered.headers['x-ratelimit-reset']).to.equal(String(Date.parse('2026-01-01T00:01:00Z') / 1_000));
  });

  it('serves a route under its other spelling', async () => {
    const answered = await get(`PUT /v1/notes/${freshNote()}`, { body: { text: 'x' } });
    expect(answered.status).to.equal(200);
  });

  it('lets a fixed segment win over a parameter, and falls back where its method is missing', async () => {
    expect((await get('GET /vault/v1/things/stats')).body).to.deep.include({ at: 'GET /vault/v1/things/stats' });
    expect((await get('GET /vault/v1/things/other')).body).to.deep.include({ input: { id: 'other' } });
    expect((await get('DELETE /vault/v1/things/stats')).body).to.deep.include({ input: { id: 'stats' } });
  });

  it('takes fields from path, query and body, and a repeated query name as a list', async () => {
    const answered = await get('POST /vault/v1/things/a%20b?tag=x&tag=y+z&limit=5', { body: { reason: 'r' } });
    expect(answered.body['input']).to.deep.equal({ id: 'a b', tag: ['x', 'y z'], limit: 5, reason: 'r' });
  });

  for (const [what, route, body, field] of [
    ['path and body', 'POST /vault/v1/things/a', { id: 'b' }, 'id'],
    ['path and query', 'POST /vault/v1/things/a?id=a', undefined, 'id'],
    ['query and body', 'POST /vault/v1/things/a?reason=x', { reason: 'x' }, 'reason'],
  ] as const) {
    it(`refuses a name given in ${what}`, async () => {
      const { status, body: error } = await get(route, { body });
      expect(status).to.equal(400);
      expect(error['details'])
        .to.have.property(field)
        .that.matches(/both in the/);
    });
  }

  it('refuses a query that is not UTF-8 in percent encoding', async () => {
    expect((await get('GET /vault/v1/things/stats?tag=%ff')).status).to.equal(400);
    expect((await get('GET /vault/v1/things/%zz')).status).to.equal(400);
    expect((await get('GET /vault/v1/things/stats?__proto__=x')).status).to.equal(400);
  });

  it('answers 404 for an unknown path and for one that climbs', async () => {
    for (const path of ['/nowhere', '/vault/v1/things', '/vault/v1/things/..', '/vault/v1/things/%2e%2e', '/']) {
      const { body, status } = await get(`GET ${path}`);
      expect([path, status, body['error']]).to.deep.equal([path, 404, 'NOT_FOUND']);
    }
  });

  it('answers 405 with what a known path takes, and OPTIONS without an error', async () => {
    const { headers, status } = await get('PATCH /vault/v1/things/a');
    expect([status, headers.allow]).to.deep.equal([405, 'DELETE, GET, HEAD, POST']);
    const options = await get('OPTIONS /vault/v1/things/a');
    expect([options.status, options.headers.allow]).to.deep.equal([204, 'DELETE, GET, HEAD, POST']);
  });

  it('answers HEAD as GET, without the body', async () => {
    const head = await get('HEAD /vault/v1/things/stats');
    const full = await get('GET /vault/v1/things/stats');
    expect([head.status, head.text]).to.deep.equal([200, '']);
    expect(head.headers['content-length']).to.equal(String(full.text.length));
  });

  it('answers 401 and says how to come back', async () => {
    const nobody = await get('GET /vault/v1/things/stats', { token: null });
    expect([nobody.status, nobody.headers['www-authenticate']]).to.deep.equal([401, 'Bearer realm="keyledger"']);
    const wrong = await get('GET /vault/v1/things/stats', { token: 'wrong' });
    expect(wrong.headers['www-authenticate']).to.equal('Bearer realm="keyledger", error="invalid_token"');
    const basic = await get('GET /vault/v1/things/stats', { token: null, headers: { authorization: 'Basic YTpi' } });
    expect(basic.status).to.equal(401);
  });

  it('takes an agent secret, and not beside a bearer token', async () => {
    const headers = { 'x-agent-secret': anyone };
    expect((await get('POST /api/v1/roles', { token: null, headers, body: {} })).status).to.equal(200);
    expect((await get('POST /api/v1/roles', { headers, body: {} })).status).to.equal(400);
  });

  it('answers the same again for the same idempotency key, and 422 for another body', async () => {
    const noteId = freshNote();
    const key = { 'idempotency-key': 'k-1' };
    const first = await write(noteId, key);
    const again = await write(noteId, key);
    expect([again.status, again.text]).to.deep.equal([first.status, first.text]);
    expect(again.headers['x-log-position']).to.equal(first.headers['x-log-position']);
    expect((await write(noteId, key, 'other')).status).to.equal(422);
    expect(await noteEvents(noteId)).to.have.length(1);
  });

  for (const [name, value] of [
    ['idempotency-key', ''],
    ['idempotency-key', 'k'.repeat(256)],
    ['idempotency-key', 'two words'],
    ['x-wait-for-position', '-1'],
    ['x-wait-for-position', '1.5'],
    ['x-wait-for-position', '9'.repeat(21)],
  ] as const) {
    it(`refuses ${name}: ${value.slice(0, 20)}`, async () => {
      const { body, status } = await write(freshNote(), { [name]: value });
      expect(status).to.equal(400);
      expect(body['details']).to.have.property(name);
    });
  }

  it('refuses a header given twice that counts once', async () => {
    const twice = { 'idempotency-key': ['a', 'b'] };
    const answered = await get(`PUT /vault/v1/notes/${freshNote()}`, { body: { text: 'x' }, headers: twice });
    expect(answered.status).to.equal(400);
  });

  it('keeps a sane request id and trace, and makes them where they are not', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const [kept, made] = [freshNote(), freshNote()];
    const answered = await write(kept, { 'x-request-id': 'mine-1', traceparent });
    expect(answered.headers['x-request-id']).to.equal('mine-1');
    const bad = await write(made, { 'x-request-id': 'a b', traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` });
    expect(bad.headers['x-request-id']).not.to.equal('a b');
    expect((await noteEvents(kept))[0]?.metadata).to.include({ requestId: 'mine-1', traceparent });
    expect((await noteEvents(made))[0]?.metadata['traceparent']).to.match(/^00-(?!0{32})[\da-f]{32}-[\da-f]{16}-01$/);
  });

  it('believes a forwarded address of a trusted proxy', async () => {
    const noteId = freshNote();
    await write(noteId, { 'x-forwarded-for': '198.51.100.7', 'user-agent': 'test-agent' });
    expect((await noteEvents(noteId))[0]?.metadata).to.include({ source: '198.51.100.7', userAgent: 'test-agent' });
  });

  it('does not believe an address that is none', async () => {
    const noteId = freshNote();
    await write(noteId, { 'x-forwarded-for': 'somewhere' });
    expect((await noteEvents(noteId))[0]?.metadata).to.include({ source: '127.0.0.1' });
  });

  it('sends a file as it is, with its name', async () => {
    const { headers, text } = await get('GET /api/audit/notes-export');
    expect(text).to.equal('a,b\r\n');
    expect(headers['content-type']).to.equal('text/csv; charset=utf-8');
    expect(headers['content-disposition']).to.equal(
      `attachment; filename="n_tes__1_.csv"; filename*=UTF-8''n%C3%B6tes%20%221%22.csv`,
    );
  });

  it('answers 204 where a success has nothing to say', async () => {
    const { headers, status, text } = await get('POST /api/v1/jobs/claim', { body: {} });
    expect([status, text, headers['content-type']]).to.deep.equal([204, '', undefined]);
  });

  it('is not to be kept, framed or guessed at', async () => {
    const { headers } = await get('GET /nowhere');
    expect(headers).to.include({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(headers['content-security-policy']).to.contain("default-src 'none'");
    expect(headers).not.to.have.any.keys('x-powered-by', 'etag', 'strict-transport-security');
  });

  it('counts what it answered', async () => {
    await get('GET /vault/v1/things/stats');
    await get('GET /vault/v1/things/stats', { token: null });
    const text = await surface.metrics.text();
    expect(text).to.match(/keyledger_http_requests_total\{endpoint="test\.stats",status="200"\} [1-9]/);
    expect(text).to.match(/keyledger_refusals_total\{endpoint="test\.stats",code="Unauthenticated"\} [1-9]/);
  });
});

describe('a request by way of nobody trusted', () => {
  it('comes from where it comes from', async () => {
    const { close, log, server } = await startSurface();
    try {
      const noteId = freshNote();
      const headers = { 'x-forwarded-for': '198.51.100.7' };
      await ask(server.url, `PUT /vault/v1/notes/${noteId}`, { body: { text: 'x' }, headers });
      const [event] = await eventsOf(log, noteId);
      expect(event?.metadata).to.include({ source: '127.0.0.1' });
    } finally {
      await close();
    }
  });
});
