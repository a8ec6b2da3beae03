import fc, { type Arbitrary } from 'fast-check';
import { type Doing, type Incident, Kept } from '../support/models/retention-kept.ts';
import type { ModelPolicy } from '../support/models/retention-model.ts';
import { startRetention, type Told } from '../support/models/retention-world.ts';
import { runsOf } from '../support/models/runs.ts';
import type { Stack } from '../support/stack.ts';

const few = <T>(...of: T[]): Arbitrary<T[]> => fc.uniqueArray(fc.constantFrom(...of), { maxLength: 2 });
/** None of a day on which the model asks: what was asked is a fact of that day, too. */
const told: Arbitrary<Told> = fc.record({
  daysAgo: fc.oneof(fc.constantFrom(20, 30, 31), fc.integer({ min: 16, max: 50 })),
  service: fc.constantFrom('vault', 'vault', 'identity', 'demo'),
  action: fc.constantFrom('vault.secret.open', 'vault.secretive', 'identity.user.lock'),
  subject: fc.constantFrom('db', 'files', 'case-7'),
  actor: fc.constantFrom('alice', 'case-7'),
});
const facts = fc.array(told, { minLength: 1, maxLength: 6 });
const patterns = few('vault.secret.*', 'vault.*', 'audit.Request.Answered', 'identity.user.lock', 'demo.*');
const days = fc.integer({ min: 1, max: 50 }).map((ago) => new Date(Date.UTC(2026, 0, 1 - ago)).toISOString());
const hold = fc.record(
  { subjects: few('db', 'files', 'case-7', 'alice'), eventTypes: patterns, from: days, until: days },
  { requiredKeys: ['subjects', 'eventTypes'] },
);
const policies: Arbitrary<ModelPolicy> = fc.record({
  days: fc.constantFrom(20, 30),
  eventTypes: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: patterns }),
  services: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: few('vault', 'identity') }),
  archives: fc.boolean(),
});
const which = fc.nat(3);
const incident: Arbitrary<Incident> = fc.oneof(
  fc.record({ kind: fc.constant('place' as const), hold }),
  fc.record({ kind: fc.constant('release' as const), which }),
  fc.constant({ kind: 'kill' as const }),
  fc.constant({ kind: 'another' as const }),
);
const doing = (incidents: number): Arbitrary<Doing> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('tell' as const), facts }) },
    {
      weight: 2,
      arbitrary: fc.record(
        { kind: fc.constant('place' as const), hold, forDays: fc.constantFrom(1, 2) },
        { requiredKeys: ['kind', 'hold'] },
      ),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), which }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), hours: fc.constantFrom(1, 24, 36) }) },
    { weight: 1, arbitrary: fc.constantFrom<Doing>({ kind: 'preview' }, { kind: 'dry run' }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('cleanup' as const),
        incidents: fc.array(fc.record({ step: fc.nat(12), incident }), { maxLength: incidents }),
      }),
    },
  );

/** What went wrong once. */
const everything: ModelPolicy = { days: 20, eventTypes: [], services: [], archives: true };
const opened: Told = { daysAgo: 30, service: 'vault', action: 'vault.secret.open', subject: 'db', actor: 'alice' };
/** A second worker wrote its own archive over that of the first, when all was taken already. */
const anotherArchives: [ModelPolicy, Told[], Doing[]] = [
  everything,
  [opened],
  [{ kind: 'cleanup', incidents: [{ step: 0, incident: { kind: 'another' } }] }],
];
/** What a hold kept out of the archive was taken without one, since the hold was released before the entries went. */
const releasedBetween: [ModelPolicy, Told[], Doing[]] = [
  everything,
  [opened, { ...opened, subject: 'files' }],
  [
    { kind: 'place', hold: { subjects: ['files'], eventTypes: [] } },
    { kind: 'cleanup', incidents: [{ step: 8, incident: { kind: 'release', which: 0 } }] },
  ],
];

describe('retention, against a simple model of which entries go', function () {
  this.timeout(150_000);
  let stack: Stack;

  before(async () => {
    stack = await startRetention();
  });
  after(() => stack.close());

  it('takes what the preview tells and nothing else, and nothing that a hold keeps', async () => {
    const property = fc.asyncProperty(policies, facts, fc.array(doing(0), { maxLength: 10 }), holds);
    await fc.assert(property, runsOf(8));
  });

  it('does so where holds come and go, workers are killed and another one takes over while it goes on', async () => {
    const property = fc.asyncProperty(policies, facts, fc.array(doing(3), { maxLength: 6 }), holds);
    await fc.assert(property, { ...runsOf(8), examples: [anotherArchives, releasedBetween] });
  });

  async function holds(policy: ModelPolicy, first: Told[], doings: Doing[]): Promise<void> {
    const kept = await Kept.under(stack, policy);
    const end: Doing[] = [{ kind: 'preview' }, { kind: 'cleanup', incidents: [] }];
    for (const each of [{ kind: 'tell', facts: first } as const, ...doings, ...end]) await kept.do(each);
  }
});
