import { expect } from 'chai';
import { listDeliveryAttempts } from '../../../../queries/audit/streaming/list-delivery-attempts.ts';
import { subscriptionId } from '../../../support/controls/audit-streaming.ts';

describe('list delivery attempts', () => {
  it('refuses a delivery that is not there', () => {
    const input = { subscriptionId, deliveryId: subscriptionId };
    expect(listDeliveryAttempts.parent?.missing(input).code).to.equal('DeliveryNotFound');
  });
});
