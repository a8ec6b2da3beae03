import { enforceSecretRetention } from '../../../../commands/vault/versioned-secrets/enforce-secret-retention.ts';
import { enforcedAtOnce } from '../../../../src/domain/vault/versioned-secrets/retention.ts';
import {
  added,
  destroyed,
  destroyedByRetention,
  policySet,
  secretId,
  versions,
} from '../../../support/controls/vault.ts';
import { given } from '../../../support/scenario.ts';

const input = { secretId };
const aged = (version: number, at: string) => ({ event: added(version), at });

describe('enforceSecretRetention', () => {
  it('destroys the oldest beyond maxVersions', () => {
    given([...versions(4), policySet({ maxVersions: 2 })])
      .when(enforceSecretRetention, input)
      .then([destroyedByRetention(1, 'maxVersions'), destroyedByRetention(2, 'maxVersions')]);
  });

  it('does not count what is destroyed already', () => {
    given([...versions(4), destroyed(2), policySet({ maxVersions: 2 })])
      .when(enforceSecretRetention, input)
      .then([destroyedByRetention(1, 'maxVersions')]);
  });

  it('destroys what is older than deleteAfter, and never the newest', () => {
    const past = [
      aged(1, '2025-12-01T00:00:00.000Z'),
      aged(2, '2025-12-02T00:00:00.001Z'),
      { event: policySet({ deleteAfter: 'P30D' }), at: '2025-12-02T00:00:00.001Z' },
    ];
    given(past)
      .when(enforceSecretRetention, input)
      .then([destroyedByRetention(1, 'deleteAfter')]);
    given(past)
      .when(enforceSecretRetention, input, { context: { now: '2030-01-01T00:00:00.000Z' } })
      .then([destroyedByRetention(1, 'deleteAfter')]);
  });

  it('counts a month by the calendar', () => {
    const past = [
      aged(1, '2025-11-30T00:00:00.000Z'),
      aged(2, '2025-12-01T00:00:00.001Z'),
      aged(3, '2025-12-01T00:00:00.002Z'),
      { event: policySet({ deleteAfter: 'P1M' }), at: '2025-12-01T00:00:00.003Z' },
    ];
    given(past)
      .when(enforceSecretRetention, input)
      .then([destroyedByRetention(1, 'deleteAfter')]);
  });

  it('keeps the newest that is left where the newest of all is destroyed', () => {
    given([...versions(2), destroyed(2), { event: policySet({ deleteAfter: 'PT1S' }) }])
      .when(enforceSecretRetention, input, { context: { now: '2030-01-01T00:00:00.000Z' } })
      .then([]);
  });

  it('answers how many went, how many stay, and how many still wait', () => {
    given([...versions(4), policySet({ maxVersions: 3 })])
      .when(enforceSecretRetention, input)
      .thenAnswered({ secretId, versionsDeleted: 1, versionsRetained: 3, versionsRemaining: 0 });
    given([...versions(enforcedAtOnce + 12), policySet({ maxVersions: 2 })])
      .when(enforceSecretRetention, input)
      .thenAnswered({ secretId, versionsDeleted: enforcedAtOnce, versionsRetained: 2, versionsRemaining: 10 });
  });

  it('does nothing without a policy', () => {
    given(versions(4))
      .when(enforceSecretRetention, input)
      .thenAnswered({ secretId, versionsDeleted: 0, versionsRetained: 4, versionsRemaining: 0 });
  });

  it('refuses a secret that is not there', () => {
    given([]).when(enforceSecretRetention, input).thenRejected('SecretNotFound');
  });
});
