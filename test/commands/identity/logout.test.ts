import { logout } from '../../../commands/identity/logout.ts';
import { Session } from '../../../src/domain/identity/session.ts';
import { bob, session, sessionOpened } from '../../support/controls/identity.ts';
import { given } from '../../support/scenario.ts';

const options = { context: { actor: { type: 'user' as const, id: bob }, credentialId: session } };

describe('logout', () => {
  it('closes the session of the credential, once', () => {
    const closed = Session.events.Closed({ sessionId: session, userId: bob, reason: 'logout' });
    const done = given([sessionOpened]).when(logout, {}, options);
    done.then([closed]);
    done.thenAnswered({ sessionId: session, closed: true });
    given([sessionOpened, closed]).when(logout, {}, options).then([]);
  });

  it('has nothing to close for a credential without a session', () => {
    given([]).when(logout, {}).thenRejected('SessionNotFound');
  });
});
