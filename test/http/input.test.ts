import { expect } from 'chai';
import { z } from 'zod';
import { withHeaders } from '../../src/http/input.ts';

describe('fields that headers give', () => {
  const schema = z.strictObject({ id: z.string(), last: z.string().max(3).optional() });

  it('count before what the URL says', () => {
    expect(withHeaders(schema, { id: 'a', last: 'old' }, { last: 'new' })).to.deep.equal({ id: 'a', last: 'new' });
    expect(withHeaders(schema, { id: 'a' }, { last: 'new' })).to.deep.equal({ id: 'a', last: 'new' });
  });

  it('do not hide that the URL says what is not accepted', () => {
    const sent = { id: 'a', last: 'too long' };
    expect(withHeaders(schema, sent, { last: 'new' })).to.deep.equal(sent);
  });
});
