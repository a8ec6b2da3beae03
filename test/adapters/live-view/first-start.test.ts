import { expect } from 'chai';
import { type FirstAdministrator, firstStart } from '../../../src/adapters/live-view/first-start.ts';
import { startWorld, type World } from '../../support/world.ts';

describe('first start', () => {
  let world: World;
  let administrators: readonly (FirstAdministrator | undefined)[];

  before(async () => {
    world = await startWorld({ processes: 2 });
    const { processes, registry } = world;
    administrators = await Promise.all(
      processes.map(({ liveView, pipeline: { executeAs } }) => firstStart({ registry, executeAs, liveView })),
    );
  });

  after(() => world.close());

  it('makes one administrator, whose password one process alone is told', async () => {
    const told = administrators.filter((administrator) => administrator !== undefined);
    expect(told).to.have.length(1);
    const [{ email, password, tenant }] = told as [FirstAdministrator];
    expect(email).to.equal('admin@keyledger.local');
    for (const { ask } of world.processes) {
      const { body, status } = await ask('identity.login', { email, password });
      expect(status).to.equal(200);
      expect(body).to.have.nested.include({ 'user.tenantId': tenant, 'user.permissions[0]': '*' });
    }
  });

  it('makes the plans, the roles of every tenant and the platform’s own tenant', async () => {
    for (const { liveView } of world.processes) {
      await liveView.upToDate();
      expect(liveView.plans().map(({ plan }) => plan)).to.deep.equal(['free', 'starter', 'pro', 'enterprise']);
      expect(liveView.role('any', 'reader')?.permissions).to.deep.equal(['*.read']);
      expect(liveView.tenant('platform')).to.deep.include({ status: 'active', plan: 'enterprise', quotas: {} });
    }
  });

  it('does nothing more the next time', async () => {
    const before = await world.log.head();
    const [first] = world.processes;
    if (first === undefined) throw new Error('a process');
    const { executeAs } = first.pipeline;
    const again = await firstStart({ registry: world.registry, executeAs, liveView: first.liveView });
    expect(again).to.equal(undefined);
    expect(await world.log.head()).to.equal(before);
  });
});
