import { RetentionRun } from '../../../domain/audit/retention/retention-run.ts';
import { job, reaction } from '../../../kernel/reaction.ts';
import { when } from '../../../kernel/when.ts';

/** They are gone already, unless the key store was restored from a backup since. */
export const whenEntriesPrunedShredTheirKeys = reaction({
  name: 'when-entries-pruned-shred-their-keys',
  on: when(RetentionRun, {
    EntriesPruned: ({ payloads, runId }, { revision }) =>
      payloads === undefined || payloads.keyIds.length === 0
        ? []
        : [job('audit.shred-payload-keys', { runId, revision })],
  }),
});
