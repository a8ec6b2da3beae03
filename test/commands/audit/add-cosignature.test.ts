import { addCosignature } from '../../../commands/audit/add-cosignature.ts';
import { Checkpoint } from '../../../src/domain/audit/checkpoint.ts';
import { checkpointText } from '../../../src/kernel/proof/checkpoint.ts';
import { registered, signedHead } from '../../support/controls/checkpoints.ts';
import { given } from '../../support/scenario.ts';
import { testTree } from '../../support/trees.ts';
import { testWitness } from '../../support/witness.ts';

const witness = testWitness('witness.example/w1');
const tree = testTree(5);
const origin = 'keyledger.example/audit/acme';
const head = { origin, size: 5, root: tree.root };
const note = `${checkpointText(head)}\n`;
const past = [signedHead(head), ...witness.vkeys.map(registered)];
const root = tree.root.toString('base64');
const prepared = { root, signed: { root, lines: '' } };

describe('add cosignature', () => {
  it('takes the signatures of registered witnesses on a checkpoint that was signed', () => {
    const checkpoint = witness.cosign(note);
    const signatures = checkpoint.split('\n\n')[1]?.match(/.+\n/g) ?? [];
    const added = given(past).when(addCosignature, { checkpoint }, { prepared });
    added.then([Checkpoint.events.Cosigned({ size: 5, root: tree.root.toString('base64'), signatures })]);
    added.thenAnswered({ size: 5, witnesses: [witness.name, witness.name] });
  });

  it('takes each signature once', () => {
    const checkpoint = witness.cosign(note);
    const lines = checkpoint.split('\n\n')[1] ?? '';
    given(past)
      .when(addCosignature, { checkpoint }, { prepared: { root, signed: { root, lines } } })
      .then([]);
  });

  it('refuses what is no checkpoint of this log', () => {
    given(past).when(addCosignature, { checkpoint: 'hello' }, { prepared }).thenRejected('NoteMalformed');
    const foreign = witness.cosign(`${checkpointText({ ...head, origin: 'elsewhere.example/log' })}\n`);
    given(past).when(addCosignature, { checkpoint: foreign }, { prepared }).thenRejected('OriginUnknown');
  });

  it('refuses signatures of nobody known, and such as do not hold', () => {
    const stranger = testWitness('witness.example/w2').cosign(note);
    given(past).when(addCosignature, { checkpoint: stranger }, { prepared }).thenRejected('WitnessUnknown');
    const namesake = testWitness('witness.example/w1').cosign(note);
    const swapped = witness.cosign(note).replace(checkpointText(head), checkpointText({ ...head, size: 4 }));
    given(past).when(addCosignature, { checkpoint: swapped }, { prepared }).thenRejected('CosignatureInvalid');
    const other = testWitness('witness.example/w3');
    given([signedHead(head), registered(other.vkeys[0])])
      .when(addCosignature, { checkpoint: namesake }, { prepared })
      .thenRejected('WitnessUnknown');
  });

  it('refuses a view of the log that is not the one that was signed here', () => {
    const another = witness.cosign(`${checkpointText({ ...head, root: testTree(5, 'other').root })}\n`);
    given(past).when(addCosignature, { checkpoint: another }, { prepared }).thenRejected('SplitView');
    const unread = { root: undefined, signed: prepared.signed };
    given(past).when(addCosignature, { checkpoint: another }, { prepared: unread }).thenRejected('SplitView');
    const unsigned = { root, signed: undefined };
    given(past).when(addCosignature, { checkpoint: another }, { prepared: unsigned }).thenRejected('SplitView');
    const longer = witness.cosign(`${checkpointText({ ...head, size: 6, root: testTree(6).root })}\n`);
    given(past)
      .when(addCosignature, { checkpoint: longer }, { prepared: { root: undefined, signed: undefined } })
      .thenRejected('SplitView');
  });

  it('refuses a head that is ours, but was not signed', () => {
    const shorter = witness.cosign(`${checkpointText({ ...head, size: 4, root: testTree(4).root })}\n`);
    given(past)
      .when(
        addCosignature,
        { checkpoint: shorter },
        { prepared: { root: testTree(4).root.toString('base64'), signed: undefined } },
      )
      .thenRejected('CheckpointUnknown');
  });
});
