import { recordExternalEvent } from '../../../commands/audit/record-external-event.ts';
import { ExternalEvent } from '../../../src/domain/audit/external-event.ts';
import { given, testContext } from '../../support/scenario.ts';

const tenant = 'a1a1a1a1-0000-4000-8000-000000000001';
const said = { action: 'invoice.sent', product: 'billing-app', actor_id: 'carol', metadata: { lines: 3 } };
const { action, actor_id, product } = said;

describe('recordExternalEvent', () => {
  it('records what is claimed, without the tenant', () => {
    given([])
      .when(recordExternalEvent, { ...said, tenant_id: tenant }, { context: { tenant } })
      .then([ExternalEvent.events.Recorded({ action, product, actor_id })]);
  });

  it('has its free words sealed, and keeps what it is asked for by in clear', () => {
    const payload = { sealed: 'pl1.sealed', commitment: 'of it' };
    given([])
      .when(recordExternalEvent, { ...said, actor_name: 'Carol', target_name: 'An invoice' }, { prepared: payload })
      .then([ExternalEvent.events.Recorded({ action, product, actor_id, payload })]);
  });

  it('says who told of it beside the claimed actor', () => {
    given([]).when(recordExternalEvent, { action }, { context: { tenant } }).thenAnswered({
      id: 0,
      tenant_id: tenant,
      action,
      actor_id: testContext.actor.id,
      recorded_by: testContext.actor,
      created_at: testContext.now,
    });
  });

  it('refuses another tenant', () => {
    given([])
      .when(recordExternalEvent, { ...said, tenant_id: tenant }, { context: { tenant: 'platform' } })
      .thenRejected('TenantMismatch');
  });
});
