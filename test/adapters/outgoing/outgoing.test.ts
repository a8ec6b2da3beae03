import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { addressRule } from '../../../src/adapters/outgoing/addresses.ts';
import {
  createOutgoing,
  NoAnswer,
  type Outgoing,
  type OutgoingOptions,
} from '../../../src/adapters/outgoing/outgoing.ts';

const loopback = ['127.0.0.0/8'];

describe('addresses of destinations', () => {
  const refused = [
    ['127.0.0.1', '127.8.8.8', '0.0.0.0', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1'],
    ['100.100.100.200', '192.0.0.192', '168.63.129.16', '224.0.0.1', '255.255.255.255', '240.0.0.1', '198.18.0.1'],
    ['192.0.2.1', '198.51.100.1', '203.0.113.1'],
    ['::', '::1', 'fe80::1', 'fc00::1', 'fd00:ec2::254', 'fec0::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8'],
    ['::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::7f00:1', '2002:7f00:1::', '2001::1', '100::1', '2001:db8::1'],
    ['5f00::1', '3fff::1', '4000::1'],
  ].flat();
  for (const address of refused) {
    it(`refuses ${address}`, () => expect(addressRule([])(address)).to.be.a('string'));
  }

  it('takes public ones, and networks that are allowed', () => {
    for (const address of ['1.1.1.1', '8.8.8.8', '2606:4700::1111', '2a00:1450:4001::200e']) {
      expect(addressRule([])(address)).to.equal(undefined);
    }
    expect(addressRule(['10.0.0.0/8'])('10.1.2.3')).to.equal(undefined);
    expect(addressRule(['10.0.0.0/8'])('11.1.2.3')).to.equal(undefined);
    expect(addressRule(['10.0.0.0/8'])('192.168.0.1')).to.be.a('string');
    expect(addressRule(['::1'])('::1')).to.equal(undefined);
    expect(addressRule(['::1'])('127.0.0.1')).to.be.a('string');
    expect(() => addressRule(['localhost'])).to.throw('neither an address nor a CIDR range');
  });
});

describe('calls to the outside', () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  const outgoing = (options: Partial<OutgoingOptions> = {}): Outgoing => {
    const made = createOutgoing({ allow: loopback, ...options });
    open.push(made);
    return made;
  };

  async function receiver(
    listener: RequestListener,
  ): Promise<{ readonly url: string; readonly port: number; seen: number }> {
    const server: Server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    });
    const { port } = server.address() as AddressInfo;
    const found = { url: `http://127.0.0.1:${port}`, port, seen: 0 };
    server.on('connection', () => found.seen++);
    return found;
  }

  const post = (to: Outgoing, url: string) => to.request({ url, method: 'POST', headers: { a: 'b' }, body: 'hello' });

  async function failure(work: Promise<unknown>): Promise<NoAnswer> {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(NoAnswer);
    return error as NoAnswer;
  }

  it('reach an allowed receiver and bring back what it says', async () => {
    const { url } = await receiver((request, response) => {
      request.on('data', (data: Buffer) => response.writeHead(201, { 'x-a': String(request.headers['a']) }).end(data));
    });
    const { body, cut, headers, status } = await post(outgoing(), `${url}/hook?a=b`);
    expect({ status, cut, text: body.toString(), header: headers['x-a'] }).to.deep.equal({
      status: 201,
      cut: false,
      text: 'hello',
      header: 'b',
    });
  });

  it('make no connection to what is not public, however it is written', async () => {
    const target = await receiver((_, response) => response.end());
    const guarded = outgoing({ allow: [] });
    const { port } = target;
    const spellings = ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '[::ffff:127.0.0.1]'];
    for (const host of [...spellings, '[::1]', '0.0.0.0', '[::ffff:7f00:1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]']) {
      const { kind } = await failure(post(guarded, `http://${host}:${port}/`));
      expect([host, kind]).to.deep.equal([host, 'refused']);
    }
    expect(target.seen).to.equal(0);
  });

  it('look at the address that is connected to, not at one of a moment ago', async () => {
    const target = await receiver((_, response) => response.end());
    const answers = ['93.184.216.34', '127.0.0.1'];
    const guarded = outgoing({
      allow: [],
      resolve: (_name, done) => done(null, [{ address: answers.shift() ?? '127.0.0.1', family: 4 }]),
      timeoutMs: 300,
    });
    // Whoever checked the name before would have been shown the first answer.
    guarded.guard.lookup('rebound.example', { all: true }, () => undefined);
    const { kind, message } = await failure(post(guarded, `http://rebound.example:${target.port}/`));
    expect(kind).to.equal('refused');
    expect(message).to.include('rebound.example leads to an address that is not public').and.not.include('127.');
    expect(target.seen).to.equal(0);
  });

  it('refuse a name that points both outside and inside', async () => {
    const guarded = outgoing({
      allow: [],
      resolve: (_name, done) =>
        done(null, [
          { address: '93.184.216.34', family: 4 },
          { address: '::1', family: 6 },
        ]),
    });
    expect((await failure(post(guarded, 'https://both.example/'))).kind).to.equal('refused');
  });

  it('follow no redirection', async () => {
    const inner = await receiver((_, response) => response.end('secret'));
    const { url } = await receiver((_, response) => response.writeHead(302, { location: inner.url }).end());
    expect((await post(outgoing(), url)).status).to.equal(302);
    expect(inner.seen).to.equal(0);
  });

  it('end when nothing is answered in time', async () => {
    let ended: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const { url } = await receiver((request) => request.socket.on('close', ended));
    expect((await failure(post(outgoing({ timeoutMs: 200 }), url))).kind).to.equal('timeout');
    await closed;
  });

  it('keep 64 KiB of an endless answer and hang up', async () => {
    let ended: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const { url } = await receiver((_, response) => {
      response.on('close', ended);
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384, 'x')));
        response.once('drain', pour);
      };
      pour();
    });
    const { body, cut, status } = await post(outgoing(), url);
    expect([status, cut, body.length]).to.deep.equal([200, true, 65_536]);
    await closed;
  });

  it('hang up on an answer that trickles', async () => {
    const { url } = await receiver((_, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    });
    const { cut, status } = await post(outgoing({ timeoutMs: 300 }), url);
    expect([status, cut]).to.deep.equal([200, true]);
  });

  it('tell of a receiver that is not there, or resets', async () => {
    const { url } = await receiver((request) => request.socket.resetAndDestroy());
    expect((await failure(post(outgoing(), url))).kind).to.equal('unreachable');
    expect((await failure(post(outgoing(), 'http://127.0.0.1:1/'))).kind).to.equal('unreachable');
  });
});
