import { expect } from 'chai';
import { Instant, isInRange } from '../../src/kernel/instant.ts';

describe('an instant', () => {
  it('is kept in UTC with milliseconds', () => {
    expect(Instant.parse('2026-01-31T12:00:00+02:00')).to.equal('2026-01-31T10:00:00.000Z');
    expect(Instant.parse('1970-01-01T00:00:00.123456Z')).to.equal('1970-01-01T00:00:00.123Z');
  });

  it('is refused where its year in UTC could have five digits, or none that counts from 1970', () => {
    const outside = ['9999-12-31T23:59:58.988-11:30', '9000-01-01T00:00:00Z', '1970-01-01T00:00:00+00:01'];
    for (const time of outside) {
      expect(isInRange(time), time).to.equal(false);
      expect(Instant.safeParse(time).error?.issues[0]?.message).to.equal('is before 1970 or after 9000');
    }
    expect(Instant.parse('8999-12-31T23:59:59.999Z')).to.equal('8999-12-31T23:59:59.999Z');
  });
});
