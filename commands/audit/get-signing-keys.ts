import { z } from 'zod';
import { Checkpoint } from '../../src/domain/audit/checkpoint.ts';
import { selectCheckpoint } from '../../src/domain/audit/tree-reads.ts';
import { operation } from '../../src/kernel/operation.ts';
import type { Ports } from '../../src/kernel/ports.ts';
import { platformTenant } from '../../src/kernel/principal.ts';
import { originOf } from '../../src/kernel/proof/entry.ts';

const checkpointKey = z.object({
  version: z.int(),
  /** When it began to sign; from the start where absent. */
  from: z.string().optional(),
  /** When another took its place; still the one where absent. */
  until: z.string().optional(),
  /** Verifier keys (C2SP signed-note): Ed25519, ML-DSA-44 as the log's own cosigner, ML-DSA-65 and ML-DSA-87. */
  vkeys: z.array(z.string()),
});

const checkpoints = z.object({
  /** Names the log in its checkpoints, and these keys. */
  origin: z.string(),
  keys: z.array(checkpointKey),
});

export const getSigningKeys = operation({
  name: 'audit.getSigningKeys',
  summary: 'The public keys that certificates and checkpoints are checked with, away from here. Keep a copy you trust.',
  route: 'GET /audit/v1/signing-keys',
  aliases: ['GET /v1/signing-keys'],
  input: z.strictObject({}),
  output: z.object({
    /** Of documents, by key id. */
    keys: z.record(z.string(), z.unknown()),
    /** Of your log's checkpoints. */
    checkpoints,
    /** Of the tree over all logs. */
    logOfLogs: checkpoints,
  }),
  controls: {
    effect: 'read',
    permission: 'authenticated',
    audit: { action: 'audit.signing-keys.read', subject: () => 'signing-keys' },
  },
  aggregate: Checkpoint,
  stream: () => 'log',
  perform: async ({ origin }, _, { ports, tenant }) => {
    const { installation } = ports.checkpointSigner;
    const logs = await ports.read(platformTenant, selectCheckpoint('logs', platformTenant));
    return {
      keys: { ...(await ports.signer.publicKeys()) },
      checkpoints: await keysOf(ports, origin ?? originOf(installation, tenant)),
      logOfLogs: await keysOf(ports, String(logs[0]?.['origin'] ?? `${installation}/audit-logs`)),
    };
  },
});

async function keysOf({ checkpointSigner }: Ports, origin: string): Promise<z.input<typeof checkpoints>> {
  const versions = await checkpointSigner.keys();
  const keys = versions.map(async (key) => ({
    ...key,
    vkeys: [...(await checkpointSigner.verifierKeys(key.version, origin))],
  }));
  return { origin, keys: await Promise.all(keys) };
}
