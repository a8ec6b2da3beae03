import { expect } from 'chai';
import { auditSubscriptions } from '../../../../projections/audit/streaming/audit-subscriptions.ts';
import { getSubscription } from '../../../../queries/audit/streaming/get-subscription.ts';
import { listSubscriptions } from '../../../../queries/audit/streaming/list-subscriptions.ts';
import type { DomainEvent } from '../../../../src/kernel/aggregate.ts';
import { isRejection } from '../../../../src/kernel/rejection.ts';
import {
  deleted,
  disabled,
  hooked,
  paused,
  resumed,
  shownHook,
  subscriptionId,
} from '../../../support/controls/audit-streaming.ts';
import { type ReadModel, readModel } from '../../../support/read-model.ts';
import { testContext } from '../../../support/scenario.ts';

const id = subscriptionId;
let model: ReadModel | undefined;

async function having(...events: readonly DomainEvent[]): Promise<ReadModel> {
  model = await readModel(
    [auditSubscriptions],
    events.map((event) => ({ id, event })),
  );
  return model;
}

describe('subscriptions as they are read', () => {
  afterEach(async () => {
    await model?.close();
    model = undefined;
  });

  it('show where they lead, and why they are disabled', async () => {
    const shown = await (await having(hooked, paused, resumed, disabled)).ask(getSubscription, { subscriptionId });
    expect(shown).to.deep.equal({
      ...shownHook,
      status: 'disabled',
      changedAt: '2026-01-01T00:03:00.000Z',
      disabled: { reason: 'gone', detail: 'answered 410' },
      failedDeliveries: 0,
    });
  });

  it('are not listed once deleted, unless that is asked for', async () => {
    const read = await having(hooked, deleted);
    expect(await read.ask(listSubscriptions, {})).to.deep.equal({ subscriptions: [] });
    const { subscriptions } = (await read.ask(listSubscriptions, { status: 'deleted' })) as { subscriptions: object[] };
    expect(subscriptions).to.have.length(1);
  });

  it('that are not there are refused', () => {
    const answer = getSubscription.respond([], { subscriptionId }, testContext);
    expect(isRejection(answer) ? answer.code : answer).to.equal('SubscriptionNotFound');
  });
});
