import type { Sealer } from '../ports.ts';
import { platformTenant } from '../principal.ts';

/** Secrets of the installation as a whole, 32 bytes each. */
export interface InstallationKeys {
  /** Newest first. */
  readonly accessTokens: readonly [Buffer, ...Buffer[]];
  readonly cursors: Buffer;
  readonly documents: Buffer;
  readonly apiTokens: Buffer;
  /** By version, from 1: a rotation takes the next. */
  readonly auditCheckpoints: (version: number) => Promise<Buffer>;
}

/**
 * Derives the installation's own keys from the platform's mac key: the same in every process, and the same after the root
 * key or the platform's key-encryption key was rotated. A purpose's version is raised to replace its key.
 *
 * @throws {StoreUnavailable} the key store is away
 */
export async function installationKeys(sealer: Pick<Sealer, 'mac'>): Promise<InstallationKeys> {
  const key = (purpose: string): Promise<Buffer> =>
    sealer.mac(platformTenant, 'installation key', Buffer.from(purpose, 'utf8'));
  const [accessTokens, cursors, documents, apiTokens] = await Promise.all([
    key('access tokens v1'),
    key('cursors v1'),
    key('documents v1'),
    key('api tokens v1'),
  ]);
  const auditCheckpoints = (version: number): Promise<Buffer> => key(`audit checkpoints v${version}`);
  return { accessTokens: [accessTokens], cursors, documents, apiTokens, auditCheckpoints };
}
