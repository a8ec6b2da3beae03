import { z } from 'zod';
import { Checkpoint, TreeName } from '../../src/domain/audit/checkpoint.ts';
import { witnessKey } from '../../src/domain/audit/witness.ts';
import { operation } from '../../src/kernel/operation.ts';

export const listWitnesses = operation({
  name: 'audit.listWitnesses',
  summary: 'The witnesses whose cosignatures are accepted on the log’s checkpoints.',
  route: 'GET /audit/v1/witnesses',
  aliases: ['GET /v1/witnesses'],
  input: z.strictObject({ tree: TreeName.default('log') }),
  output: z.object({
    witnesses: z.array(z.object({ keyId: z.string(), name: z.string(), algorithm: z.string(), vkey: z.string() })),
  }),
  controls: {
    effect: 'read',
    permission: 'audit.witness.read',
    audit: { action: 'audit.witness.list', subject: ({ tree }) => tree },
  },
  aggregate: Checkpoint,
  stream: ({ tree }) => tree,
  perform: async ({ witnesses }) => ({
    witnesses: Object.entries(witnesses).map(([keyId, vkey]) => {
      const { algorithm = '', name = '' } = witnessKey(vkey) ?? {};
      return { keyId, name, algorithm, vkey };
    }),
  }),
});
