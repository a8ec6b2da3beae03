import { z } from 'zod';
import { Checkpoint, type CheckpointState, TreeName } from '../../src/domain/audit/checkpoint.ts';
import { rootAt, rootsFrom, selectCheckpoint, selectTiles } from '../../src/domain/audit/tree-reads.ts';
import { cosignaturesOf, type ShownCheckpoint, shownCheckpoint } from '../../src/domain/audit/witness.ts';
import { command } from '../../src/kernel/command.ts';
import { reject } from '../../src/kernel/rejection.ts';

export const addCosignature = command({
  name: 'audit.addCosignature',
  summary:
    'Takes a checkpoint that a witness has cosigned (C2SP tlog-cosignature). A view of the log that is not ours is refused, and alarmed.',
  route: 'POST /audit/v1/checkpoint/cosignatures',
  aliases: ['POST /v1/checkpoint/cosignatures'],
  status: 201,
  input: z.strictObject({ checkpoint: z.string().max(100_000), tree: TreeName.default('log') }),
  output: z.object({ size: z.int(), witnesses: z.array(z.string()) }),
  controls: {
    effect: 'change',
    permission: 'audit.checkpoint.cosign',
    audit: {
      action: 'audit.checkpoint.cosign',
      subject: ({ tree }) => tree,
      // What was refused is evidence.
      details: ({ checkpoint, tree }, body) =>
        body === undefined && shownCheckpoint(checkpoint) !== undefined ? { checkpoint, tree } : {},
    },
  },
  aggregate: Checkpoint,
  stream: ({ tree }) => tree,
  rejections: {
    NoteMalformed: 422,
    OriginUnknown: 422,
    WitnessUnknown: 422,
    CosignatureInvalid: 422,
    CheckpointUnknown: 404,
    SplitView: 409,
  },
  validate: (state, { checkpoint: text }) => {
    const shown = shownCheckpoint(text);
    return shown === undefined
      ? reject('NoteMalformed', 'A signed note of a checkpoint is needed (C2SP tlog-checkpoint).')
      : refusedAs(state, shown);
  },
  prepare: async (_, { checkpoint: text, tree }, { ports, tenant }) => {
    const size = shownCheckpoint(text)?.checkpoint.size ?? 0;
    const roots = rootsFrom(await ports.read(tenant, selectTiles(tree, tenant, size === 0 ? [] : [size - 1])));
    const [signed] = await ports.read(tenant, selectCheckpoint(tree, tenant, size));
    return {
      root: rootAt(roots, size)?.toString('base64'),
      signed:
        signed === undefined ? undefined : { root: String(signed['root']), lines: String(signed['cosignatures']) },
    };
  },
  decide: ({ last, witnesses }, { checkpoint: text }, { prepared }) => {
    const shown = shownCheckpoint(text);
    if (shown === undefined) return reject('NoteMalformed');
    const { size } = shown.checkpoint;
    const root = shown.checkpoint.root.toString('base64');
    const { root: ours = root, signed } = prepared;
    if (last === undefined || size > last.size) return reject('SplitView', 'No tree of this size was signed here.');
    if ((signed?.root ?? ours) !== root) return reject('SplitView', `The tree of ${size} entries has another root.`);
    if (signed === undefined) return reject('CheckpointUnknown', `No checkpoint of ${size} entries was signed.`);
    const lines = cosignaturesOf(shown.note, witnesses).lines.filter((line) => !signed.lines.includes(line));
    return lines.length === 0 ? [] : [Checkpoint.events.Cosigned({ size, root, signatures: lines })];
  },
  respond: ({ witnesses }, { checkpoint: text }) => {
    const shown = shownCheckpoint(text) as ShownCheckpoint;
    return { size: shown.checkpoint.size, witnesses: [...cosignaturesOf(shown.note, witnesses).names] };
  },
});

function refusedAs({ origin, witnesses }: CheckpointState, { checkpoint, note }: ShownCheckpoint) {
  if (checkpoint.origin !== origin) return reject('OriginUnknown', `This log is ${origin ?? 'not signed yet'}.`);
  const { hold, lines } = cosignaturesOf(note, witnesses);
  if (lines.length === 0) return reject('WitnessUnknown', 'None of the signatures is by a registered witness.');
  return hold ? undefined : reject('CosignatureInvalid', 'A witness’s signature does not verify.');
}
