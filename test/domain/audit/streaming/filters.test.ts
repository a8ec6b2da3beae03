import { expect } from 'chai';
import { matches } from '../../../../src/domain/audit/streaming/filters.ts';
import { everything } from '../../../support/controls/audit-streaming.ts';

const event = { type: 'vault.Secret.VersionAdded', service: 'vault', severity: 'notice' as const };

describe('filters of subscriptions', () => {
  it('want everything where they say nothing', () => expect(matches(everything, event)).to.equal(true));

  it('must all agree', () => {
    const wanted = (other: object): boolean => matches({ ...everything, ...other }, event);
    expect(wanted({ eventTypes: ['identity.*', 'vault.Secret.VersionAdded'] })).to.equal(true);
    expect(wanted({ eventTypes: ['vault.Secret.*'], services: ['vault'], severities: ['notice'] })).to.equal(true);
    expect(wanted({ eventTypes: ['vault.Secrets.*'] })).to.equal(false);
    expect(wanted({ eventTypes: ['vault.Secret.Version'] })).to.equal(false);
    expect(wanted({ eventTypes: ['vault.*'], services: ['identity'] })).to.equal(false);
    expect(wanted({ severities: ['critical'] })).to.equal(false);
  });
});
