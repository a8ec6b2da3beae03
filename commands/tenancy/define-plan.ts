import { z } from 'zod';
import { CatalogueId, Feature, Quotas } from '../../src/domain/tenancy/names.ts';
import { Plan } from '../../src/domain/tenancy/plan.ts';
import { command } from '../../src/kernel/command.ts';
import { canonicalJson } from '../../src/kernel/crypto/canonical-json.ts';

const terms = {
  plan: CatalogueId,
  name: z.string().trim().min(1).max(200),
  monthlyPriceCents: z.int().min(0),
  entitlements: z.array(Feature).max(500),
  quotas: Quotas,
  ratePerMinute: z.int().min(1).max(1_000_000),
};

export const definePlan = command({
  name: 'tenancy.definePlan',
  summary: 'Defines a plan or changes it, for all tenants that are on it, at once.',
  route: 'PUT /tenant/v1/plans/:plan',
  input: z.strictObject(terms),
  output: z.object(terms),
  controls: {
    effect: 'change',
    permission: 'tenancy.plan.define',
    platformOnly: true,
    audit: { action: 'tenancy.plan.define', subject: ({ plan }) => plan },
  },
  aggregate: Plan,
  stream: ({ plan }) => plan,
  decide: (before, input) => {
    if (before.status === 'absent') return [Plan.events.Defined(input)];
    const same = canonicalJson(before) === canonicalJson({ ...input, status: before.status });
    return same ? [] : [Plan.events.Changed(input)];
  },
  respond: (_plan, input) => input,
});
