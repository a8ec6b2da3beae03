import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { RouteTable } from '../../src/http/route-table.ts';
import { gate, notesRegistry } from './notes.ts';
import { anyone, ask, raw, type Surface, startSurface } from './surface.ts';

const head = `POST /vault/v1/things/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${anyone}\r\nContent-Type: application/json\r\n`;
const behind = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';

describe('on the wire', () => {
  let surface: Surface;
  before(async () => {
    surface = await startSurface();
  });
  after(() => surface.close());

  for (const [what, request] of [
    ['both lengths', `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${behind}`],
    ['two different lengths', `${head}Content-Length: 2\r\nContent-Length: 20\r\n\r\n{}${behind}`],
    ['two equal lengths', `${head}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}${behind}`],
    ['a list of lengths', `${head}Content-Length: 2, 2\r\n\r\n{}${behind}`],
    ['a signed length', `${head}Content-Length: +2\r\n\r\n{}${behind}`],
    ['an unknown transfer coding', `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${behind}`],
    ['chunked not last', `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${behind}`],
    [
      'two transfer codings',
      `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${behind}`,
    ],
    ['a bad chunk size', `${head}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n${behind}`],
    ['space before a colon', `${head}Content-Length : 2\r\n\r\n{}${behind}`],
    ['a folded header', `${head}X-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}${behind}`],
    ['a bare line feed', `${head}X-A: b\nContent-Length: 2\r\n\r\n{}${behind}`],
    ['no host', `GET /healthz HTTP/1.1\r\n\r\n${behind}`],
    ['two hosts', `GET /vault/v1/things/stats HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n`],
    ['no HTTP', `hello\r\n\r\n${behind}`],
  ] as const) {
    it(`refuses ${what}, and ends the connection`, async () => {
      const answer = await raw(surface.server.port, request);
      expect(answer).to.match(/^HTTP\/1\.1 400 /);
      expect(answer.match(/HTTP\/1\.1 \d/g)).to.have.length(1);
    });
  }

  it('refuses headers beyond 16 KiB', async () => {
    const answer = await raw(
      surface.server.port,
      `GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`,
    );
    expect(answer).to.match(/^HTTP\/1\.1 431 /);
  });

  it('takes a target in absolute form', async () => {
    const request = `GET http://x/vault/v1/things/stats?tag=a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${anyone}\r\nConnection: close\r\n\r\n`;
    expect(await raw(surface.server.port, request)).to.match(/^HTTP\/1\.1 200 /);
  });

  it('ends a connection whose request has a body that was not read', async () => {
    const request = `GET /vault/v1/things/stats HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${anyone}\r\nContent-Length: ${behind.length}\r\n\r\n${behind}`;
    const answer = await raw(surface.server.port, request);
    expect(answer).to.match(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1 \d/g)).to.have.length(1);
  });
});

describe('a caller that goes away', () => {
  it('in the middle of its body is no error here', async () => {
    const surface = await startSurface();
    const socket = connect(surface.server.port, '127.0.0.1', () => socket.write(`${head}Content-Length: 100\r\n\r\n{`));
    await once(socket, 'connect');
    await ask(surface.server.url, 'GET /healthz');
    socket.destroy();
    await surface.close();
    expect(surface.lines.filter((line) => line.includes('"level":"error"'))).to.be.empty;
  });
});

describe('the end of the server', () => {
  it('lets a request in flight finish, and takes no more', async () => {
    const surface = await startSurface();
    const waiting = ask(surface.server.url, 'POST /vault/v1/waits', { body: {} });
    await ask(surface.server.url, 'GET /healthz');
    const closing = surface.close();
    gate.open();
    const { body, headers } = await waiting;
    expect(body).to.deep.equal({ done: true });
    expect(headers.connection).to.equal('close');
    await closing;
    const refused = await ask(surface.server.url, 'GET /healthz').catch((error: NodeJS.ErrnoException) => error.code);
    expect(refused).to.equal('ECONNREFUSED');
  });
});

describe('probes', () => {
  it('says what is ready and what is not, without a credential', async () => {
    const detail = 'does not answer';
    const readiness = [
      { name: 'log', ready: true },
      { name: 'postgres', ready: false, detail },
    ];
    const surface = await startSurface({ readiness, publicUrl: 'https://keyledger.example' });
    const get = (path: string) => ask(surface.server.url, `GET ${path}`, { token: null });
    try {
      expect((await get('/healthz')).body).to.deep.equal({ status: 'ok' });
      const readyz = await get('/readyz');
      expect(readyz.status).to.equal(503);
      expect(readyz.body).to.deep.include({ error: 'not_ready', failures: { postgres: detail } });
      const health = await get('/health');
      expect([health.status, health.body['status'], health.body['version']]).to.deep.equal([503, 'degraded', '1.2.3']);
      expect(health.headers['strict-transport-security']).to.match(/^max-age=/);
    } finally {
      await surface.close();
    }
  });

  it('takes no other method, and no endpoint in its place', async () => {
    const surface = await startSurface();
    try {
      const { headers, status } = await ask(surface.server.url, 'POST /healthz', { body: {} });
      expect([status, headers.allow]).to.deep.equal([405, 'GET, HEAD']);
    } finally {
      await surface.close();
    }
    expect(() => new RouteTable(notesRegistry, ['/api/ledger'])).to.throw('answered by the HTTP surface itself');
  });

  it('answers 200 when all is well, and metrics as Prometheus reads them', async () => {
    const surface = await startSurface();
    const get = (path: string) => ask(surface.server.url, `GET ${path}`, { token: null });
    try {
      expect((await get('/readyz')).body).to.deep.equal({ status: 'ready', checks: { log: 'ok' } });
      expect((await get('/health')).body).to.deep.include({ status: 'healthy' });
      const metrics = await get('/metrics');
      expect(metrics.headers['content-type']).to.match(/^text\/plain; version=0\.0\.4/);
      expect(metrics.text).to.contain('# TYPE keyledger_http_requests_total counter');
    } finally {
      await surface.close();
    }
  });
});
