import { join } from 'node:path';
import { expect } from 'chai';
import { checkoutBelow } from '../../infra/check/checkout.ts';
import { untestedRejections } from '../../infra/check/rejections.ts';
import { repositoryRoot } from '../../infra/local/root.ts';
import { discover, type Registry } from '../../src/kernel/registry.ts';
import { checkoutWith } from '../infra/check/planted.ts';

function registryWith(rejections: Readonly<Record<string, number>>): Registry {
  const endpoint = { value: { name: 'kms.turnKey', rejections }, context: 'kms', file: 'commands/kms/turn-key.js' };
  return { endpoints: [endpoint], aggregates: [] } as unknown as Registry;
}

describe('declared rejections', () => {
  it('each have a test that brings them about', async () => {
    const registry = await discover(join(repositoryRoot, 'dist'));
    expect(untestedRejections(registry, checkoutBelow(repositoryRoot, 'test'))).to.deep.equal([]);
  });

  it('are missed where no test names them', () => {
    const declared = registryWith({ KeyNotFound: 404, KeyNotActive: 409 });
    const own = "given([]).when(turnKey, {}).thenRejected('KeyNotFound');";
    expect(untestedRejections(declared, checkoutWith({ 'test/commands/kms/turn-key.test.ts': own }))).to.deep.equal([
      'commands/kms/turn-key.ts: no test brings about KeyNotActive; test/commands/kms/turn-key.test.ts is the place for it',
    ]);
  });

  it('count in another test only where that asks the endpoint itself', () => {
    const declared = registryWith({ KeyNotFound: 404 });
    const from = "import { turnKey } from '../../commands/kms/turn-key.ts';\n";
    const asked = (call: string, imported = from): readonly string[] =>
      untestedRejections(declared, checkoutWith({ 'test/scenarios/keys.test.ts': `${imported}${call}` }));
    expect(asked("given([]).when(turnKey, {})\n  .thenRejected('KeyNotFound');")).to.deep.equal([]);
    expect(asked("given([]).when(turnKeys, {}).thenRejected('KeyNotFound');")).to.have.length(1);
    expect(
      asked("given([]).when(turnKey, {}).then([]);\ngiven([]).when(other, {}).thenRejected('KeyNotFound');"),
    ).to.have.length(1);
    expect(asked("given([]).when(turnKey, {}).thenRejected('KeyNotFound');", '')).to.have.length(1);
  });
});
