import { z } from 'zod';
import { AddOn } from '../../src/domain/tenancy/add-on.ts';
import { CatalogueId, Feature, Quotas } from '../../src/domain/tenancy/names.ts';
import { command } from '../../src/kernel/command.ts';
import { canonicalJson } from '../../src/kernel/crypto/canonical-json.ts';

const terms = {
  addOn: CatalogueId,
  name: z.string().trim().min(1).max(200),
  entitlements: z.array(Feature).max(500),
  quotas: Quotas,
};

export const defineAddOn = command({
  name: 'tenancy.defineAddOn',
  summary: 'Defines an add-on or changes it, for all tenants that have it, at once.',
  route: 'PUT /tenant/v1/add-ons/:addOn',
  input: z.strictObject(terms),
  output: z.object(terms),
  controls: {
    effect: 'change',
    permission: 'tenancy.plan.define',
    platformOnly: true,
    audit: { action: 'tenancy.add-on.define', subject: ({ addOn }) => addOn },
  },
  aggregate: AddOn,
  stream: ({ addOn }) => addOn,
  decide: (before, input) => {
    if (before.status === 'absent') return [AddOn.events.Defined(input)];
    const same = canonicalJson(before) === canonicalJson({ ...input, status: before.status });
    return same ? [] : [AddOn.events.Changed(input)];
  },
  respond: (_addOn, input) => input,
});
