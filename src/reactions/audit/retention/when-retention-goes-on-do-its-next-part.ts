import { RetentionRun } from '../../../domain/audit/retention/retention-run.ts';
import { job, reaction } from '../../../kernel/reaction.ts';
import { when } from '../../../kernel/when.ts';

export const whenRetentionGoesOnDoItsNextPart = reaction({
  name: 'when-retention-goes-on-do-its-next-part',
  on: when(RetentionRun, {
    Started: ({ runId }, { position }) => [job('audit.prune-expired', { runId, position: String(position) })],
    // The read model has to have seen the pruning.
    PruningFinished: ({ runId }, { position }) => [
      job('audit.truncate-requests', { runId, position: String(position) }, 500),
    ],
  }),
});
