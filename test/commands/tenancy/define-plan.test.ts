import { definePlan } from '../../../commands/tenancy/define-plan.ts';
import { Plan } from '../../../src/domain/tenancy/plan.ts';
import { freeDefined, freeTerms } from '../../support/controls/tenancy.ts';
import { given } from '../../support/scenario.ts';

describe('define plan', () => {
  it('defines it, changes it, and does nothing where it stands as asked', () => {
    given([]).when(definePlan, freeTerms).then([freeDefined]);
    given([]).when(definePlan, freeTerms).thenAnswered(freeTerms);
    given([freeDefined]).when(definePlan, freeTerms).then([]);
    const dearer = { ...freeTerms, monthlyPriceCents: 1 };
    given([freeDefined])
      .when(definePlan, dearer)
      .then([Plan.events.Changed(dearer)]);
  });
});
