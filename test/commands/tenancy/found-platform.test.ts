import { foundPlatform } from '../../../commands/tenancy/found-platform.ts';
import { asPlatform, platformCreated } from '../../support/controls/tenancy.ts';
import { given } from '../../support/scenario.ts';

describe('found platform', () => {
  it('makes the installation’s own tenant, once', () => {
    const input = { plan: 'enterprise' };
    given([]).when(foundPlatform, input, asPlatform).then([platformCreated]);
    given([platformCreated]).when(foundPlatform, input, asPlatform).then([]);
  });
});
