import { raiseSplitViewAlarm } from '../../../commands/audit/raise-split-view-alarm.ts';
import { Checkpoint } from '../../../src/domain/audit/checkpoint.ts';
import { checkpointText } from '../../../src/kernel/proof/checkpoint.ts';
import { registered, signedHead } from '../../support/controls/checkpoints.ts';
import { given } from '../../support/scenario.ts';
import { testTree } from '../../support/trees.ts';
import { testWitness } from '../../support/witness.ts';

const witness = testWitness('witness.example/w1');
const origin = 'keyledger.example/audit/acme';
const [ours, theirs] = [testTree(5), testTree(5, 'other')];
const past = [signedHead({ origin, size: 5, root: ours.root }), registered(witness.vkeys[1])];
const checkpoint = witness.cosign(`${checkpointText({ origin, size: 5, root: theirs.root })}\n`);

describe('raise split view alarm', () => {
  it('keeps who has seen what, with the evidence, once', () => {
    const view = { by: witness.name, size: 5, root: theirs.root.toString('base64') };
    const kept = { size: 5, root: ours.root.toString('base64') };
    const alarm = Checkpoint.events.SplitViewRefused({ ...view, kept, evidence: checkpoint });
    const raised = given(past).when(raiseSplitViewAlarm, { checkpoint, tree: 'log' });
    raised.then([alarm]);
    raised.thenAnswered({ raised: true });
    given([...past, alarm])
      .when(raiseSplitViewAlarm, { checkpoint, tree: 'log' })
      .then([]);
  });

  it('needs evidence', () => {
    given(past).when(raiseSplitViewAlarm, { checkpoint: 'hello', tree: 'log' }).then([]);
  });
});
