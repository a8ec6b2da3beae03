import { connect, type Socket } from 'node:net';

/** What one answer said. */
export interface Answered {
  readonly status: number;
  readonly text: string;
  /** On the log, where the answer says one. */
  readonly position: string | undefined;
}

const headEnd = Buffer.from('\r\n\r\n');

/**
 * One HTTP/1.1 connection that is kept, with one request on it at a time. It does no more than that, so that the load takes as little as
 * can be of the machine that is measured.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #host: string;
  #received: Buffer = Buffer.alloc(0);
  #answer: ((answered: Answered) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the connection ended')));
  }

  static async open(url: string): Promise<Connection> {
    const { host, hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).setNoDelay();
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(socket, host);
  }

  /** @param headers lines that end in CRLF, of all but the host and the body's length */
  ask(method: string, path: string, headers: string, body?: string): Promise<Answered> {
    const length = body === undefined ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
    return new Promise((resolve, reject) => {
      this.#answer = resolve;
      this.#failed = reject;
      this.#socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n${headers}${length}\r\n${body ?? ''}`);
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf(headEnd);
    if (end < 0) return;
    const head = this.#received.toString('latin1', 0, end);
    const start = end + headEnd.length;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) {
      this.#failed?.(new Error(`an answer without a length: ${head.slice(0, 100)}`));
      return;
    }
    if (this.#received.length < start + length) return;
    const text = this.#received.toString('utf8', start, start + length);
    this.#received = this.#received.subarray(start + length);
    const position = /\r\nx-log-position: *(\d+)/i.exec(head)?.[1];
    this.#answer?.({ status: Number(head.slice(9, 12)), text, position });
  }
}
