import { registerWitness } from '../../../commands/audit/register-witness.ts';
import { registered, signedHead } from '../../support/controls/checkpoints.ts';
import { given } from '../../support/scenario.ts';
import { testTree } from '../../support/trees.ts';
import { testWitness } from '../../support/witness.ts';

const witness = testWitness('witness.example/w1');
const [vkey] = witness.vkeys;

describe('register witness', () => {
  it('takes the keys a cosigner can have, once', () => {
    for (const key of witness.vkeys)
      given([])
        .when(registerWitness, { vkey: key })
        .then([registered(key)]);
    given([registered(vkey)])
      .when(registerWitness, { vkey })
      .then([]);
    const keyId = vkey.split('+')[1];
    given([]).when(registerWitness, { vkey }).thenAnswered({ keyId, name: witness.name, algorithm: 'Ed25519' });
  });

  it('refuses what is no key of a cosigner, and one in the name of the log itself', () => {
    const [name = '', , typed = ''] = vkey.split('+');
    const asLog = Buffer.from(typed, 'base64');
    asLog[0] = 1;
    for (const other of ['', 'a key', `${name}+00000000+${typed}`, `${name}+00000000+${asLog.toString('base64')}`])
      given([]).when(registerWitness, { vkey: other }).thenRejected('KeyUnusable');
    const head = signedHead({ origin: witness.name, size: 1, root: testTree(1).root });
    given([head]).when(registerWitness, { vkey }).thenRejected('KeyUnusable');
  });

  it('keeps their number small', () => {
    const past = Array.from({ length: 10 }, (_, n) => testWitness(`witness.example/${n}`).vkeys.map(registered)).flat();
    given(past).when(registerWitness, { vkey }).thenRejected('WitnessesTooMany');
  });
});
