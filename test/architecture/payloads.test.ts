import { join } from 'node:path';
import { expect } from 'chai';
import { repositoryRoot } from '../../infra/local/root.ts';
import { typesWithPayload } from '../../src/domain/audit/retention/payloads.ts';
import { SealedPayload } from '../../src/kernel/payload.ts';
import { discover } from '../../src/kernel/registry.ts';

describe('sealed payloads', () => {
  it('are shredded by retention in every event that may hold one', async () => {
    const { aggregates } = await discover(join(repositoryRoot, 'dist'));
    const holding = aggregates.flatMap(({ value: { name, schemas } }) =>
      Object.entries(schemas)
        .filter(([, schema]) => SealedPayload === unwrapped(schema))
        .map(([event]) => `${name}.${event}`),
    );
    expect(holding.sort()).to.deep.equal(typesWithPayload);
  });
});

/** What stands under `payload` in an event, where anything does. */
function unwrapped(schema: unknown): unknown {
  const { shape } = schema as { readonly shape?: { readonly payload?: { unwrap?(): unknown } } };
  return shape?.payload?.unwrap?.() ?? shape?.payload;
}
