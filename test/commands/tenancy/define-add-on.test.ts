import { defineAddOn } from '../../../commands/tenancy/define-add-on.ts';
import { AddOn } from '../../../src/domain/tenancy/add-on.ts';
import { given } from '../../support/scenario.ts';

const terms = { addOn: 'byohsm', name: 'Own HSM', entitlements: ['kms.hsm'], quotas: { 'kms.hsm_calls': 100 } };

describe('define add-on', () => {
  it('defines it, changes it, and does nothing where it stands as asked', () => {
    const defined = AddOn.events.Defined(terms);
    given([]).when(defineAddOn, terms).then([defined]);
    given([defined]).when(defineAddOn, terms).then([]);
    const renamed = { ...terms, name: 'HSM' };
    given([defined])
      .when(defineAddOn, renamed)
      .then([AddOn.events.Changed(renamed)]);
  });
});
