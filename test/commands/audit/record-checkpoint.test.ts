import { expect } from 'chai';
import { recordCheckpoint } from '../../../commands/audit/record-checkpoint.ts';
import { Checkpoint } from '../../../src/domain/audit/checkpoint.ts';
import { signedHead } from '../../support/controls/checkpoints.ts';
import { given } from '../../support/scenario.ts';
import { testTree } from '../../support/trees.ts';

const origin = 'keyledger.example/audit/acme';
const [five, seven] = [testTree(5), testTree(7)];
const kept = { size: 5, root: five.root.toString('base64') };
const earlier = signedHead({ origin, size: 5, root: five.root });
const signed = {
  ...kept,
  size: 7,
  root: seven.root.toString('base64'),
  origin,
  position: '120',
  keyVersion: 1,
  note: '',
};

describe('record checkpoint', () => {
  it('appends the signed head', () => {
    const recorded = given([earlier]).when(recordCheckpoint, {}, { prepared: { kind: 'signed', signed } });
    recorded.then([Checkpoint.events.Signed(signed)]);
    recorded.thenAnswered({ outcome: 'signed', size: 7, root: signed.root });
  });

  it('does nothing where nothing happened since', () => {
    const recorded = given([earlier]).when(recordCheckpoint, {}, { prepared: { kind: 'nothing' } });
    recorded.then([]);
    recorded.thenAnswered({ outcome: 'unchanged', ...kept });
    given([])
      .when(recordCheckpoint, {}, { prepared: { kind: 'nothing' } })
      .thenAnswered({ outcome: 'unchanged', size: 0 });
  });

  it('signs no head that does not grow from the last, and raises the alarm once', () => {
    const view = { size: 4, root: testTree(4, 'other').root.toString('base64') };
    const prepared = { kind: 'split', ...view };
    const alarm = Checkpoint.events.SplitViewRefused({ ...view, by: 'read model', kept, evidence: '' });
    const refused = given([earlier]).when(recordCheckpoint, {}, { prepared });
    refused.then([alarm]);
    refused.thenAnswered({ outcome: 'refused', ...kept });
    given([earlier, alarm]).when(recordCheckpoint, {}, { prepared }).then([]);
    given([earlier, alarm])
      .when(recordCheckpoint, {}, { prepared: { ...prepared, size: 9 } })
      .then([]);
    const signedAgain = signedHead({ origin, size: 7, root: seven.root });
    const next = { ...view, by: 'read model', kept: { size: 7, root: seven.root.toString('base64') }, evidence: '' };
    given([earlier, alarm, signedAgain])
      .when(recordCheckpoint, {}, { prepared })
      .then([Checkpoint.events.SplitViewRefused(next)]);
    const first = { ...next, kept: { size: 0, root: '' } };
    given([])
      .when(recordCheckpoint, {}, { prepared })
      .then([Checkpoint.events.SplitViewRefused(first)]);
    expect(recordCheckpoint.rejections).to.equal(undefined);
  });
});
