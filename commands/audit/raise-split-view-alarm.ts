import { z } from 'zod';
import { alarmOf, Checkpoint, TreeName } from '../../src/domain/audit/checkpoint.ts';
import { cosignaturesOf, shownCheckpoint } from '../../src/domain/audit/witness.ts';
import { command } from '../../src/kernel/command.ts';

export const raiseSplitViewAlarm = command({
  name: 'audit.raiseSplitViewAlarm',
  summary: 'Puts on record that a witness has seen another tree, with what it showed as evidence.',
  input: z.strictObject({ checkpoint: z.string(), tree: TreeName }),
  output: z.object({ raised: z.boolean() }),
  controls: {
    effect: 'change',
    permission: 'audit.checkpoint.alarm',
    audit: { action: 'audit.checkpoint.alarm', subject: ({ tree }) => tree },
  },
  aggregate: Checkpoint,
  stream: ({ tree }) => tree,
  decide: ({ alarm, last, witnesses }, { checkpoint: evidence }) => {
    const shown = shownCheckpoint(evidence);
    if (shown === undefined) return [];
    const { root, size } = shown.checkpoint;
    const by = cosignaturesOf(shown.note, witnesses).names.join(', ');
    const kept = { size: last?.size ?? 0, root: last?.root ?? '' };
    const view = { by, size, root: root.toString('base64'), kept };
    return alarm === alarmOf(view) ? [] : [Checkpoint.events.SplitViewRefused({ ...view, evidence })];
  },
  respond: (_, _input, { events }) => ({ raised: events.length > 0 }),
});
