import { expect } from 'chai';
import { identityCrossTenantActivity } from '../../../../projections/identity/federation/identity-cross-tenant-activity.ts';
import type { DomainEvent, Fact } from '../../../../src/kernel/aggregate.ts';
import { Request } from '../../../../src/kernel/request.ts';
import { bobRegistered } from '../../../support/controls/identity.ts';
import { acme, acmeCreated } from '../../../support/controls/tenancy.ts';

const answered = { operation: 'audit.listRegistryEvents', action: 'audit.read', subject: 'events', status: 200 };

/** Who sees it, who did it, and to whom, of each row that an event adds. */
function rowsOf(event: DomainEvent, { actor = 'alice', id = 'x', tenant = 'platform' }): readonly unknown[] {
  const fact = {
    ...{ id, tenant, revision: 0, position: 7n, at: '2026-01-01T00:00:00.000Z' },
    ...{ actor: { type: 'user', id: actor }, metadata: { operation: 'some.thing' } },
  } as unknown as Fact;
  return identityCrossTenantActivity.on
    .flatMap((subscription) => subscription.handle(event, fact) ?? [])
    .map(({ values: [seenBy, , , source, target] }) => [seenBy, source, target]);
}

describe('identity_cross_tenant_activity', () => {
  const toAcme = [
    ['platform', 'platform', acme],
    [acme, 'platform', acme],
  ];

  it('has what the platform does to a tenant, in the eyes of both', () => {
    expect(rowsOf(acmeCreated, { id: acme })).to.deep.equal(toAcme);
  });

  it('has what the platform’s people do in a tenant, and not what its own do', () => {
    expect(rowsOf(bobRegistered, { tenant: acme, actor: 'platform/alice' })).to.deep.equal(toAcme);
    expect(rowsOf(bobRegistered, { tenant: acme })).to.deep.equal([]);
  });

  it('has reads of another tenant’s rows, and no others', () => {
    const read = Request.events.Answered({ ...answered, ofTenant: acme });
    expect(rowsOf(read, {})).to.deep.equal(toAcme);
    expect(rowsOf(Request.events.Answered(answered), {})).to.deep.equal([]);
    // Only the kernel says so of the platform's own callers.
    expect(rowsOf(read, { tenant: 'other' })).to.deep.equal([]);
  });

  it('has nothing the platform does to itself', () => {
    expect(rowsOf(acmeCreated, { id: 'platform' })).to.deep.equal([]);
    expect(rowsOf(bobRegistered, {})).to.deep.equal([]);
  });
});
