import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a network can be at fault. */
export type Network =
  | { readonly kind: 'sound' }
  /** Every piece arrives that many milliseconds later, in order. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Every piece arrives a few bytes at a time. */
  | { readonly kind: 'slicing'; readonly bytes: number }
  /** Nothing arrives, on old connections as on new ones, and nobody is told. What was sent meanwhile is lost. */
  | { readonly kind: 'blackhole' }
  /** Every connection is reset, and new ones too. */
  | { readonly kind: 'reset' }
  /** What the client sends arrives; what the server sends is lost. */
  | { readonly kind: 'half-open' };

export const sound: Network = { kind: 'sound' };

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes were lost: the connection can only be broken when the network is well again. */
  holed: boolean;
}

/** A TCP proxy in front of one server on the loopback interface, whose network can be put at fault. */
export class TcpProxy {
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  readonly #port: number;
  #network: Network = sound;

  private constructor(listener: Server, port: number) {
    this.#listener = listener;
    this.#port = port;
  }

  /** @param to the server's port */
  static async open(to: number): Promise<TcpProxy> {
    const listener = createServer();
    const proxy = new TcpProxy(listener, to);
    listener.on('connection', (client) => proxy.#accept(client));
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#listener.address() as { readonly port: number }).port;
  }

  /** Changes the network, of the connections there are as well. */
  become(network: Network): void {
    this.#network = network;
    for (const pair of this.#pairs) {
      if (network.kind === 'reset' || (pair.holed && network.kind === 'sound')) reset(pair);
    }
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) reset(pair);
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #accept(client: Socket): void {
    if (this.#network.kind === 'reset') return void client.resetAndDestroy();
    const server = connect(this.#port, '127.0.0.1');
    const pair: Pair = { client, server, holed: false };
    this.#pairs.add(pair);
    const gone = (): void => {
      this.#pairs.delete(pair);
      reset(pair);
    };
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', gone).on('close', gone);
    void this.#carry(pair, { from: client, to: server, back: false });
    void this.#carry(pair, { from: server, to: client, back: true });
  }

  async #carry(
    pair: Pair,
    { back, from, to }: { readonly from: Socket; readonly to: Socket; readonly back: boolean },
  ): Promise<void> {
    try {
      for await (const piece of from) await this.#forward(pair, to, { piece: piece as Buffer, back });
      to.end();
    } catch {
      reset(pair);
    }
  }

  async #forward(
    pair: Pair,
    to: Socket,
    { back, piece }: { readonly piece: Buffer; readonly back: boolean },
  ): Promise<void> {
    const network = this.#network;
    if (network.kind === 'blackhole' || (network.kind === 'half-open' && back)) {
      pair.holed = true;
      return;
    }
    if (network.kind === 'latency') await sleep(network.ms);
    if (network.kind !== 'slicing') return written(to, piece);
    for (let at = 0; at < piece.length; at += network.bytes) {
      await written(to, piece.subarray(at, at + network.bytes));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function reset({ client, server }: Pair): void {
  for (const socket of [client, server]) if (!socket.destroyed) socket.resetAndDestroy();
}

function written(to: Socket, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}
