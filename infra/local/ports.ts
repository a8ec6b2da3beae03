import { createServer } from 'node:net';

/** A TCP port of the loopback interface that nobody listens on now. */
export function freePort(): Promise<number> {
  return bind('127.0.0.1', 0);
}

/**
 * The wanted port when it can be listened on, else the next free one of the twenty after it. Throws when all of them are taken.
 */
export async function portFrom(wanted: number, host = '127.0.0.1'): Promise<number> {
  for (let port = wanted; port < wanted + 20; port++) if (await isFree(port, host)) return port;
  throw new Error(`Ports ${wanted} to ${wanted + 19} of ${host} are all taken; set PORT to a free one.`);
}

/** Whether a port can be listened on now. */
export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  try {
    await bind(host, port);
    return true;
  } catch (error) {
    if (['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

function bind(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
