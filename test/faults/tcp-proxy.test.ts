import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { sound, TcpProxy } from '../../infra/faults/system/tcp-proxy.ts';

describe('the proxy of test:faults', () => {
  let echo: Server;
  let proxy: TcpProxy;
  /** What the server has received. */
  let heard = '';
  const clients: Socket[] = [];

  beforeEach(async () => {
    heard = '';
    echo = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (piece) => {
        heard += piece.toString();
        socket.write(piece);
      });
    });
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    proxy = await TcpProxy.open((echo.address() as AddressInfo).port);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.close();
    await new Promise((resolve) => echo.close(resolve));
  });

  const closedOf = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

  interface Line {
    readonly socket: Socket;
    readonly pieces: string[];
    /** Resolves when so much has come back. */
    back(length: number): Promise<void>;
  }

  async function dial(): Promise<Line> {
    const socket = connect(proxy.port, '127.0.0.1');
    clients.push(socket);
    const pieces: string[] = [];
    socket.on('data', (piece) => pieces.push(piece.toString()));
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const back = async (length: number): Promise<void> => {
      while (pieces.join('').length < length) await once(socket, 'data');
    };
    return { socket, pieces, back };
  }

  it('carries everything both ways while the network is sound', async () => {
    const line = await dial();
    line.socket.write('x'.repeat(300_000));
    await line.back(300_000);
  });

  it('slices: what arrives is the same, in more pieces', async () => {
    proxy.become({ kind: 'slicing', bytes: 3 });
    const line = await dial();
    const text = 'abcdefghijklmnopqrstuvwxyz';
    line.socket.write(text);
    await line.back(text.length);
    expect(line.pieces.join('')).to.equal(text);
    expect(line.pieces.length).to.be.above(1);
  });

  it('is late', async () => {
    proxy.become({ kind: 'latency', ms: 60 });
    const line = await dial();
    const begun = performance.now();
    line.socket.write('late');
    await line.back(4);
    expect(performance.now() - begun).to.be.above(110);
  });

  it('swallows, and breaks what it has swallowed from when the network is well again', async () => {
    const line = await dial();
    proxy.become({ kind: 'blackhole' });
    line.socket.write('lost');
    await sleep(50);
    expect([heard, line.pieces]).to.deep.equal(['', []]);
    const closed = closedOf(line.socket);
    proxy.become(sound);
    await closed;
    const other = await dial();
    other.socket.write('here');
    await other.back(4);
  });

  it('swallows answers alone where a connection is half open', async () => {
    const line = await dial();
    proxy.become({ kind: 'half-open' });
    line.socket.write('heard');
    while (heard !== 'heard') await sleep(5);
    await sleep(30);
    expect(line.pieces).to.deep.equal([]);
  });

  it('resets what there is, and what comes', async () => {
    const line = await dial();
    const closed = closedOf(line.socket);
    proxy.become({ kind: 'reset' });
    await closed;
    const other = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
    await closedOf(other);
  });
});
