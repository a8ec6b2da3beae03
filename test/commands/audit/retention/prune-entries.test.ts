import { finishPruning } from '../../../../commands/audit/retention/finish-pruning.ts';
import { pruneEntries } from '../../../../commands/audit/retention/prune-entries.ts';
import { RetentionRun } from '../../../../src/domain/audit/retention/retention-run.ts';
import { pruned, runId, runStarted } from '../../../support/controls/audit-retention.ts';
import { given } from '../../../support/scenario.ts';

const finished = RetentionRun.events.PruningFinished({ runId, entries: 3, bytes: 300 });
const part = { ...pruned.data, from: 0 };

describe('pruneEntries', () => {
  it('takes each part of a run once', () => {
    given([runStarted]).when(pruneEntries, part).then([pruned]);
    given([runStarted, pruned]).when(pruneEntries, part).then([]);
  });

  it('takes nothing that was chosen before another worker took some of it', () => {
    given([runStarted, pruned])
      .when(pruneEntries, { ...part, upTo: 20 })
      .then([]);
  });

  it('takes nothing for a run that is not under way', () => {
    given([]).when(pruneEntries, part).then([]);
    given([runStarted, pruned]).when(finishPruning, { runId }).then([finished]);
    given([runStarted, pruned, finished])
      .when(pruneEntries, { ...part, from: 10, upTo: 20 })
      .then([]);
    given([runStarted, pruned, finished]).when(finishPruning, { runId }).then([]);
  });
});
