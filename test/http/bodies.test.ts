import { expect } from 'chai';
import { type Answered, ask, raw, type Surface, startSurface } from './surface.ts';

let surface: Surface;

function post(body: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  return ask(surface.server.url, 'POST /vault/v1/things/a', { body, headers });
}

describe('a body', () => {
  before(async () => {
    surface = await startSurface();
  });
  after(() => surface.close());

  it('may be empty, where nothing is needed', async () => {
    expect((await post(undefined)).status).to.equal(200);
    expect((await post('')).status).to.equal(200);
    expect((await post('{}', { 'content-type': 'application/json; charset=utf-8' })).status).to.equal(200);
  });

  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', '']) {
    it(`is refused as ${type === '' ? 'nothing' : type}`, async () => {
      const { body, status } = await post('{}', { 'content-type': type });
      expect([status, body['error']]).to.deep.equal([415, 'UNSUPPORTED_MEDIA_TYPE']);
    });
  }

  it('is refused in a content encoding', async () => {
    expect((await post('{}', { 'content-encoding': 'gzip' })).status).to.equal(415);
  });

  it('is refused beyond the limit of its endpoint, however much there is', async () => {
    for (const size of [1_001, 20_000_000]) {
      const { body, headers, status } = await post(JSON.stringify({ reason: 'x'.repeat(size) }));
      expect([status, headers.connection]).to.deep.equal([413, 'close']);
      expect(body['details']).to.deep.include({ limitBytes: 1_000, code: 'BodyTooLarge' });
    }
  });

  it('is refused beyond the limit where its size is not announced', async () => {
    const large = JSON.stringify({ reason: 'x'.repeat(5_000) });
    const head = 'POST /vault/v1/things/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer acme/ann/*\r\n';
    const chunked = `${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const answer = await raw(surface.server.port, `${chunked}${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`);
    expect(answer).to.match(/^HTTP\/1\.1 413 /);
  });

  it('may come with DELETE, and not with GET', async () => {
    const body = { reason: 'r' };
    const deleted = await ask(surface.server.url, 'DELETE /vault/v1/things/a', { body });
    expect(deleted.body['input']).to.deep.equal({ id: 'a', reason: 'r' });
    const got = await ask(surface.server.url, 'GET /vault/v1/things/a', { body });
    expect([got.status, got.headers.connection]).to.deep.equal([400, 'close']);
  });

  for (const [what, body, path, reason] of [
    ['an array', '[]', 'request', 'must be a JSON object'],
    ['a text', '"x"', 'request', 'must be a JSON object'],
    ['cut', '{"reason":', 'reason', 'is incomplete JSON'],
    ['too deep', `{"a":${'['.repeat(70)}`, `a.${Array(62).fill('0').join('.')}.0`, 'is nested deeper than 64 levels'],
    ['a name twice', '{"a":1,"a":1}', 'a', 'is given twice'],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'request', 'is not UTF-8'],
  ] as const) {
    it(`is refused as ${what}, with place and reason`, async () => {
      const { body: error, status } = await post(body);
      expect(status).to.equal(400);
      expect(error).to.deep.include({ statusCode: 400, error: 'BAD_REQUEST' });
      expect(error['details']).to.have.property(path, reason);
    });
  }

  it('says which of its fields are not accepted', async () => {
    const { body, status } = await post({ limit: 'x', unknown: 1 });
    expect(status).to.equal(400);
    expect(body['details']).to.include.keys('limit', 'unknown', 'issues');
  });

  it('is not read when nobody sent it', async () => {
    const answered = await ask(surface.server.url, 'POST /vault/v1/things/a', { token: null, body: 'not json' });
    expect([answered.status, answered.headers.connection]).to.deep.equal([401, 'close']);
  });
});

describe('a secret in a wrong place', () => {
  const canary = 'hunter2-canary-5f1c';
  before(async () => {
    surface = await startSurface();
  });
  after(() => surface.close());

  for (const [route, body] of [
    ['POST /vault/v1/things/a', { password: canary.slice(0, 11) }],
    ['POST /vault/v1/things/a', { limit: canary }],
    ['POST /vault/v1/things/a', { unknown: { password: canary } }],
    ['POST /vault/v1/things/a', `{"password":"${canary}`],
    ['POST /vault/v1/things/a', `{"password":${canary}}`],
    ['POST /vault/v1/things/a', `{"password":"${canary}","password":"${canary}"}`],
    ['POST /vault/v1/broken', { password: canary }],
    ['POST /api/auth/login', { email: 'unknown', password: canary }],
    ['POST /api/auth/login', { email: 'known', password: canary, otp: canary }],
    ['POST /api/payouts', { tag: { value: canary } }],
    [`GET /vault/v1/things/stats?limit=${canary}`, undefined],
    [`GET /nowhere/${canary}?token=${canary}`, undefined],
  ] as const) {
    it(`is not shown by ${route.slice(0, 40)} with ${JSON.stringify(body)?.slice(0, 40)}`, async () => {
      const asked = await ask(surface.server.url, route, { body });
      expect(asked.status).to.be.greaterThan(399);
      expect(`${asked.text}${JSON.stringify(asked.headers)}`).not.to.contain(canary.slice(0, 11));
      expect(surface.lines.join('')).not.to.contain(canary.slice(0, 11));
    });
  }
});
