import { z } from 'zod';
import { Checkpoint, TreeName } from '../../src/domain/audit/checkpoint.ts';
import { command } from '../../src/kernel/command.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const removeWitness = command({
  name: 'audit.removeWitness',
  summary: 'Accepts no more cosignatures of a witness. Those it gave stay with their checkpoints.',
  route: 'DELETE /audit/v1/witnesses/:keyId',
  aliases: ['DELETE /v1/witnesses/:keyId'],
  status: 204,
  input: z.strictObject({ keyId: z.string().regex(/^[0-9a-f]{8}$/), tree: TreeName.default('log') }),
  output: z.undefined(),
  controls: {
    effect: 'remove',
    permission: 'audit.witness.remove',
    audit: { action: 'audit.witness.remove', subject: ({ keyId }) => keyId },
  },
  aggregate: Checkpoint,
  stream: ({ tree }) => tree,
  rejections: { WitnessNotFound: 404 },
  decide: ({ witnesses }, { keyId }) =>
    witnesses[keyId] === undefined
      ? reject('WitnessNotFound', 'No witness has this key; GET /audit/v1/witnesses lists those there are.')
      : [Checkpoint.events.WitnessRemoved({ keyId })],
  respond: () => undefined,
});
