import { expect } from 'chai';
import { answerOf, isNotable, outcomeOf, serviceOf, severityOf } from '../../../src/domain/audit/classify.ts';
import type { LogEvent } from '../../../src/kernel/log.ts';
import { storedEvent } from '../../support/controls/checkpoints.ts';

describe('how entries are classed', () => {
  it('by what became of what was asked', () => {
    const cases = [
      ['vault.Secret.VersionAdded', 'done', 'notice'],
      ['vault.Secret.VersionDestroyed', 'done', 'critical'],
      ['identity.User.Locked', 'done', 'critical'],
      ['identity.User.Unlocked', 'done', 'notice'],
      ['audit.Checkpoint.SplitViewRefused', 'done', 'critical'],
      ['audit.Checkpoint.Signed', 'done', 'info'],
      ['audit.Request.Answered', 'answered', 'info'],
      ['audit.Request.Refused', 'refused', 'warning'],
      ['audit.Request.Denied', 'denied', 'warning'],
      ['audit.Request.CredentialsFailed', 'denied', 'warning'],
    ] as const;
    for (const [type, outcome, severity] of cases)
      expect([outcomeOf(type), severityOf(type)], type).to.deep.equal([outcome, severity]);
  });

  it('by the service that was asked', () => {
    expect(serviceOf('audit.Request.Answered', 'vault.openSecretVersion')).to.equal('vault');
    expect(serviceOf('vault.Secret.VersionAdded', '')).to.equal('vault');
  });

  it('with the answer, where there was one', () => {
    const of = (type: string, data: Readonly<Record<string, unknown>>): LogEvent => ({ ...storedEvent, type, data });
    const refused = 'audit.Request.Refused';
    expect(answerOf(of(refused, { status: 409, code: 'Conflict' }))).to.deep.equal({ status: 409, code: 'Conflict' });
    expect(answerOf(of(refused, { status: 'x', code: 'a\0' }))).to.deep.equal({ status: null, code: 'a\ufffd' });
    expect(answerOf(of('audit.Request.CredentialsFailed', {}))).to.deep.equal({ status: 401, code: null });
    expect(answerOf(of('vault.Secret.VersionAdded', { status: 1 }))).to.deep.equal({ status: null, code: null });
  });

  it('as worth a checkpoint, unless they only tell of checkpoints', () => {
    expect(isNotable({ type: 'vault.Secret.VersionAdded', operation: 'vault.addSecretVersion' })).to.equal(true);
    expect(isNotable({ type: 'audit.Checkpoint.SplitViewRefused', operation: 'x' })).to.equal(true);
    expect(isNotable({ type: 'audit.Checkpoint.Signed', operation: 'audit.recordCheckpoint' })).to.equal(false);
    expect(isNotable({ type: 'audit.Request.Answered', operation: 'audit.recordCheckpoint' })).to.equal(false);
  });
});
