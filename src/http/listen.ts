import { randomUUID } from 'node:crypto';
import { createServer, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';
import type { Clock } from '../kernel/ports.ts';
import { qnsp } from './dialects/qnsp.ts';

/** Milliseconds, unless said otherwise. */
const limits = {
  headers: 15_000,
  request: 60_000,
  keepAlive: 65_000,
  headerBytes: 16_384,
  /** That requests in flight get to finish when the server ends. */
  drain: 10_000,
};

export interface Listening {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Stops accepting, lets requests in flight finish for at most ten seconds, then ends what is left. */
  close(): Promise<void>;
}

/** Listens; port 0 takes a free one. @throws the system's error where the address is taken or not ours */
export async function listen(
  app: Express,
  where: { readonly port: number; readonly host: string },
  hooks: { readonly clock: Clock; readonly onDrain: () => void },
): Promise<Listening> {
  const server = createServer(
    {
      headersTimeout: limits.headers,
      requestTimeout: limits.request,
      keepAliveTimeout: limits.keepAlive,
      maxHeaderSize: limits.headerBytes,
      connectionsCheckingInterval: 5_000,
      insecureHTTPParser: false,
      requireHostHeader: true,
    },
    app,
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuse(error, socket, hooks.clock));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where.port, where.host, resolve);
  });
  const { address, family, port } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  return { url, port, close: () => drain(server, hooks.onDrain) };
}

const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** What is no HTTP request is told so, and the connection ends: nothing behind it may be taken for another request. */
function refuse(error: NodeJS.ErrnoException, socket: Socket, clock: Clock): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = statuses[error.code ?? ''] ?? 400;
  const body = JSON.stringify(
    qnsp.error({
      status,
      code: 'MalformedRequest',
      message: 'This is no well-formed HTTP/1.1 request.',
      facts: {},
      issues: [],
      requiredTier: undefined,
      requestId: randomUUID(),
      timestamp: new Date(clock.now()).toISOString(),
    }),
  );
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

async function drain(server: Server, onDrain: () => void): Promise<void> {
  onDrain();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const bound = setTimeout(() => server.closeAllConnections(), limits.drain);
  await closed;
  clearTimeout(bound);
}
