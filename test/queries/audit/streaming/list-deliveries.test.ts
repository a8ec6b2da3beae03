import { expect } from 'chai';
import { listDeliveries } from '../../../../queries/audit/streaming/list-deliveries.ts';
import { subscriptionId } from '../../../support/controls/audit-streaming.ts';

describe('list deliveries', () => {
  it('refuses a subscription that is not there', () => {
    expect(listDeliveries.parent?.missing({ subscriptionId }).code).to.equal('SubscriptionNotFound');
  });
});
