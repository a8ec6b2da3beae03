import { expect } from 'chai';
import { identityFederationEvents } from '../../../../projections/identity/federation/identity-federation-events.ts';
import { Session } from '../../../../src/domain/identity/session.ts';
import { Request } from '../../../../src/kernel/request.ts';
import { oktaLoginRecorded } from '../../../support/controls/federation.ts';
import { bob, session, sessionOpened } from '../../../support/controls/identity.ts';
import { type ReadModel, readModel } from '../../../support/read-model.ts';

const login = { operation: 'identity.login', action: 'identity.session.open', subject: 'bob@example.org', status: 409 };
const minute = '2026-01-01T00:00:00.000Z';
const failures = { source: '192.0.2.7', minute, count: 5 };

describe('identity_federation_events', () => {
  let model: ReadModel;
  before(async () => {
    model = await readModel(
      [identityFederationEvents],
      [
        { id: 'e1', event: oktaLoginRecorded },
        { id: session, event: sessionOpened },
        { id: session, event: Session.events.Closed({ sessionId: session, userId: bob, reason: 'revoked' }) },
        { id: '2026-01-01', event: Request.events.Refused({ ...login, code: 'AlreadyRevealed' }) },
        { id: '2026-01-01', event: Request.events.CredentialsFailed({ ...failures, userId: bob }) },
        { id: '2026-01-01', event: Request.events.CredentialsFailed(failures) },
        { id: '2026-01-01', event: Request.events.Denied({ ...login, action: 'kms.key.open', code: 'KeyNotFound' }) },
      ],
    );
  });
  after(() => model.close());

  it('has what is claimed, our own logins and logouts, and what failed', async () => {
    const rows = await model.rows('identity_federation_events');
    const of = ({ claimed_by, count, event_type, metadata, outcome, provider, user_id }: (typeof rows)[number]) => [
      provider,
      event_type,
      user_id,
      outcome,
      count,
      claimed_by,
      metadata,
    ];
    expect(rows.map(of)).to.deep.equal([
      ['okta', 'login', 'dana@example.org', 'success', 1, 'user/alice', { amr: ['pwd', 'otp'] }],
      ['local', 'login', bob, 'success', 1, null, { sessionId: session }],
      ['local', 'logout', bob, 'success', 1, null, { sessionId: session, reason: 'revoked' }],
      ['local', 'login', 'alice', 'failure', 1, null, { code: 'AlreadyRevealed' }],
      ['local', 'login', bob, 'failure', 5, null, { attempts: 5, minute }],
      ['local', 'authentication', 'unknown', 'failure', 5, null, { attempts: 5, minute }],
    ]);
    expect(rows.map(({ source }) => source)).to.deep.equal([null, null, null, null, '192.0.2.7', '192.0.2.7']);
  });
});
