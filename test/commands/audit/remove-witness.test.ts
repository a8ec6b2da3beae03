import { removeWitness } from '../../../commands/audit/remove-witness.ts';
import { Checkpoint } from '../../../src/domain/audit/checkpoint.ts';
import { registered } from '../../support/controls/checkpoints.ts';
import { given } from '../../support/scenario.ts';
import { testWitness } from '../../support/witness.ts';

const [vkey] = testWitness('witness.example/w1').vkeys;
const keyId = vkey.split('+')[1] ?? '';
const removed = Checkpoint.events.WitnessRemoved({ keyId });

describe('remove witness', () => {
  it('removes it', () => {
    given([registered(vkey)])
      .when(removeWitness, { keyId })
      .then([removed]);
  });

  it('refuses one that is not there, or is not any more', () => {
    given([]).when(removeWitness, { keyId }).thenRejected('WitnessNotFound');
    given([registered(vkey), removed])
      .when(removeWitness, { keyId })
      .thenRejected('WitnessNotFound');
  });
});
