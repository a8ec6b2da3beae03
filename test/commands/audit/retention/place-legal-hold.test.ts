import { v5 as uuidv5 } from 'uuid';
import { placeLegalHold } from '../../../../commands/audit/retention/place-legal-hold.ts';
import { LegalHold } from '../../../../src/domain/audit/retention/legal-hold.ts';
import { hold, holdId, holdPlaced, holdReleased } from '../../../support/controls/audit-retention.ts';
import { given, testContext } from '../../../support/scenario.ts';

const placed = testContext.newId('hold');
const many = Array.from({ length: 500 }, (_, n) => holdPlaced(uuidv5(String(n), holdId)));

describe('placeLegalHold', () => {
  it('holds from now on', () => {
    given([holdPlaced()])
      .when(placeLegalHold, hold)
      .then([LegalHold.events.Placed({ holdId: placed, ...hold })]);
    given([])
      .when(placeLegalHold, { ...hold, expiresAt: null })
      .thenAnswered({ holdId: placed, name: hold.name, createdAt: testContext.now });
  });

  it('refuses one that is over already', () => {
    given([])
      .when(placeLegalHold, { ...hold, expiresAt: testContext.now })
      .thenRejected('HoldExpired');
  });

  it('refuses more than can be asked about', () => {
    given(many).when(placeLegalHold, hold).thenRejected('HoldsTooMany');
    given([...many.slice(1), holdPlaced(), holdReleased])
      .when(placeLegalHold, hold)
      .then([LegalHold.events.Placed({ holdId: placed, ...hold })]);
  });
});
