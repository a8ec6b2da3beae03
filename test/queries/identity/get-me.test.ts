import { expect } from 'chai';
import { getMe } from '../../../queries/identity/get-me.ts';
import { isRejection } from '../../../src/kernel/rejection.ts';
import { testContext } from '../../support/scenario.ts';

describe('get me', () => {
  it('knows nobody whose account is not there', () => {
    const answer = getMe.respond([], {}, testContext);
    expect(isRejection(answer) && answer.code).to.equal('UserNotFound');
  });
});
