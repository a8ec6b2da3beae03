import { z } from 'zod';
import { Checkpoint, TreeName } from '../../src/domain/audit/checkpoint.ts';
import { witnessKey } from '../../src/domain/audit/witness.ts';
import { command } from '../../src/kernel/command.ts';
import { reject } from '../../src/kernel/rejection.ts';

/** Witnesses of one tree at most. */
const most = 20;

export const registerWitness = command({
  name: 'audit.registerWitness',
  summary: 'Takes a witness’s public key, so that its cosignatures on checkpoints are accepted.',
  route: 'POST /audit/v1/witnesses',
  aliases: ['POST /v1/witnesses'],
  status: 201,
  input: z.strictObject({ vkey: z.string().trim().max(5_000), tree: TreeName.default('log') }),
  output: z.object({ keyId: z.string(), name: z.string(), algorithm: z.string() }),
  controls: {
    effect: 'create',
    permission: 'audit.witness.register',
    audit: { action: 'audit.witness.register', subject: ({ vkey }) => vkey.slice(0, 200) },
  },
  aggregate: Checkpoint,
  stream: ({ tree }) => tree,
  rejections: { KeyUnusable: 422, WitnessesTooMany: 422 },
  decide: ({ origin, witnesses }, { vkey }) => {
    const key = witnessKey(vkey);
    if (key === undefined || key.name === origin) {
      return reject(
        'KeyUnusable',
        'A witness has a verifier key of type 0x04 or 0x06 (C2SP tlog-cosignature), in its own name.',
      );
    }
    if (witnesses[key.keyId] === vkey) return [];
    if (Object.keys(witnesses).length >= most)
      return reject('WitnessesTooMany', `A log has ${most} witnesses at most.`);
    if (witnesses[key.keyId] !== undefined) return reject('KeyUnusable', 'Another witness’s key has this id.');
    return [Checkpoint.events.WitnessRegistered({ keyId: key.keyId, name: key.name, vkey })];
  },
  respond: (_, { vkey }) => {
    const { algorithm = '', keyId = '', name = '' } = witnessKey(vkey) ?? {};
    return { keyId, name, algorithm };
  },
});
