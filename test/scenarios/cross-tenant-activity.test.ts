import { expect } from 'chai';
import { newTenant, seeing, sure, type Tenancy } from '../support/audit.ts';
import { type Client, type Instance, startInstance } from '../support/instance.ts';

const path = '/auth/federation/audit/cross-tenant';

describe('activity across tenants', function () {
  this.timeout(90_000);
  let instance: Instance;
  let admin: Client;
  let north: Tenancy;
  let south: Tenancy;

  before(async () => {
    instance = await startInstance();
    admin = instance.admin;
    north = await newTenant(instance);
    south = await newTenant(instance);
  });
  after(() => instance.stop());

  const activity = async (client: Client, query = '', headers = {}): Promise<readonly unknown[]> => {
    const { body, status } = await client('GET', `${path}${query}`, undefined, headers);
    expect(status, JSON.stringify(body)).to.equal(200);
    const pairs = body['activity'] as Record<string, unknown>[];
    return pairs.map(({ eventCount, sourceTenantId, targetTenantId }) => [sourceTenantId, targetTenantId, eventCount]);
  };

  it('shows the platform every pair, latest first', async () => {
    const read = await sure(admin('GET', `/v1/audit?tenant_id=${south.id}`));
    expect(await activity(admin, '', seeing(read))).to.deep.equal([
      ['platform', south.id, 3],
      ['platform', north.id, 2],
    ]);
    expect(await activity(admin, `?tenantIds=${north.id}&period=day`)).to.deep.equal([['platform', north.id, 2]]);
    expect(await activity(admin, `?tenantIds=${north.id}&tenantIds=${south.id}&limit=1`)).to.deep.equal([
      ['platform', south.id, 3],
    ]);
    expect((await admin('GET', `${path}?period=sometime`)).status).to.equal(400);
  });

  it('shows a tenant what concerns it, whomever it asks for', async () => {
    expect(await activity(north.owner)).to.deep.equal([['platform', north.id, 2]]);
    expect(await activity(north.owner, `?tenantIds=${south.id}`)).to.deep.equal([]);
  });
});
