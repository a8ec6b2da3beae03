import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request a receiver got. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** A real HTTP server that takes webhooks, and answers them as its test says. */
export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** How the next ones are answered: 204 at first. */
  answer(how: (request: Received, response: ServerResponse) => void): void;
  /** Resolves when so many have been received in all. */
  count(most: number): Promise<readonly Received[]>;
  close(): Promise<void>;
}

export async function startReceiver(port = 0): Promise<Receiver> {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  let how = (_: Received, response: ServerResponse): void => void response.writeHead(204).end();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
      const one = { path: request.url ?? '', headers: request.headers, text, body };
      received.push(one);
      how(one, response);
      for (const wake of waiting) wake();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (other) => {
      how = other;
    },
    count: (most) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (received.length < most) return;
          waiting.delete(look);
          resolve(received);
        };
        waiting.add(look);
        look();
      }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
