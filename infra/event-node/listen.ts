import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createSecureContext } from 'node:tls';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { CannotOpen } from './storage/cannot-open.ts';

/** Where to listen; port 0 takes a free one. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** PEM files. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** @throws {CannotOpen} a file cannot be read, or is no certificate or key */
export function serverCredentials(tls: TlsFiles | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const cert_chain = readPem(tls.certFile);
  const private_key = readPem(tls.keyFile);
  try {
    createSecureContext({ cert: cert_chain, key: private_key });
    return ServerCredentials.createSsl(null, [{ cert_chain, private_key }]);
  } catch (error) {
    throw new CannotOpen(
      `${tls.certFile} and ${tls.keyFile} are no certificate and its key (${(error as Error).message}); check both files.`,
    );
  }
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CannotOpen(`${file} cannot be read (${(error as Error).message}); check --tls-cert and --tls-key.`);
  }
}

const refusals: Readonly<Record<string, (address: Address) => string>> = {
  EADDRINUSE: ({ port }) => `Port ${port} is taken; choose another with --port, or 0 for a free one.`,
  EACCES: ({ port }) => `Port ${port} needs more rights than this user has; choose one above 1023 with --port.`,
  EADDRNOTAVAIL: ({ host }) => `${host} is no address of this machine; choose another with --host.`,
  ENOTFOUND: ({ host }) => `${host} is not the name of a machine; choose another with --host.`,
};

/**
 * Proves that the address is free, before anything is opened or made.
 *
 * @throws {CannotOpen}
 */
export function proveFree(address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const refusal = refusals[error.code ?? '']?.(address);
      reject(new CannotOpen(refusal ?? `Listening on ${authority(address)} fails: ${error.message}`));
    });
    probe.listen({ ...address, exclusive: true }, () => probe.close(() => resolve()));
  });
}

/** @returns the port it listens on */
export function bind(server: Server, address: Address, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(authority(address), credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(new CannotOpen(`Listening on ${authority(address)} fails: ${error.message}`));
    });
  });
}

/** Host and port as they stand in a URL. */
export function authority({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
