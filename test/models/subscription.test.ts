import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import fc, { type Arbitrary } from 'fast-check';
import { runsOf } from '../support/models/runs.ts';
import { missing, untimely } from '../support/models/subscription-model.ts';
import {
  type Break,
  type DeliveryWorld,
  type Meeting,
  Subscriber,
  startDeliveryWorld,
} from '../support/models/subscription-world.ts';

type Doing =
  | { readonly kind: 'ring'; readonly bells: readonly string[] }
  | { readonly kind: 'meet'; readonly meetings: readonly Meeting[] }
  | { readonly kind: 'pause' | 'resume' }
  | { readonly kind: 'replay'; readonly from?: number | undefined; readonly to?: number | undefined }
  | { readonly kind: 'engines'; readonly count: number }
  | { readonly kind: 'break'; readonly how: Break }
  | { readonly kind: 'pass'; readonly ms: number }
  /** Until something was received, or not for a second. */
  | { readonly kind: 'await' };

const kind = <K extends Doing['kind']>(name: K): Arbitrary<K> => fc.constant(name);
const bells = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 });
const meetings = fc.array(fc.constantFrom<Meeting>('take', 'refuse', 'lose the answer', 'gone'), {
  maxLength: 6,
});
const place = fc.option(fc.nat(20), { nil: undefined });
const doings: Arbitrary<Doing> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: kind('ring'), bells }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('meet'), meetings }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('pause') }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('resume') }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('replay'), from: place, to: place }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('engines'), count: fc.constantFrom(1, 2) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('break'), how: fc.constantFrom<Break>('before', 'behind') }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('await') }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('pass'), ms: fc.constantFrom(20, 60, 120) }) },
);
/** Of events that are sent at once one is refused, so that what follows in its stream has to wait, and the others go on. */
const refusedBesideTaken: Doing[] = [
  { kind: 'pause' },
  { kind: 'ring', bells: ['a', 'b', 'c'] },
  { kind: 'meet', meetings: ['refuse', 'take', 'take'] },
  { kind: 'resume' },
  { kind: 'await' },
  { kind: 'ring', bells: ['a', 'b', 'c'] },
  { kind: 'await' },
];
/** Milliseconds after which what has not come never will. */
const patienceMs = 60_000;

describe('a subscription, against a simple model of what it is owed', function () {
  this.timeout(200_000);
  let world: DeliveryWorld;

  before(async () => {
    world = await startDeliveryWorld();
    await world.engines(1);
  });
  after(() => world.close());

  it('gets each event at least once and each stream in order, and every replay, whatever breaks', async () => {
    const property = fc.asyncProperty(bells, fc.array(doings, { maxLength: 15 }), async (first, happening) => {
      const subscriber = await Subscriber.after(world, first);
      for (const each of happening) await happens(subscriber, each);
      await everythingTaken(subscriber);
      const { received, replays, rung } = subscriber;
      expect(untimely(rung, replays, received), story(received)).to.deep.equal([]);
      await subscriber.end();
    });
    await fc.assert(property, { ...runsOf(20), examples: [[[], refusedBesideTaken]] });
  });

  async function happens(subscriber: Subscriber, doing: Doing): Promise<void> {
    switch (doing.kind) {
      case 'ring':
        for (const bell of doing.bells) await subscriber.ring(bell);
        return;
      case 'meet':
        return doing.meetings.forEach((how) => {
          subscriber.meet(how);
        });
      case 'pause':
        return subscriber.pause();
      case 'resume':
        return subscriber.resume();
      case 'replay':
        return subscriber.replay(doing.from, doing.to);
      case 'engines':
        return world.engines(doing.count);
      case 'break':
        return world.breakNext(doing.how);
      case 'pass':
        await sleep(doing.ms);
        return;
      case 'await': {
        const known = subscriber.received.length;
        for (let waits = 0; waits < 50 && subscriber.received.length === known; waits++) await sleep(20);
      }
    }
  }

  async function everythingTaken(subscriber: Subscriber): Promise<void> {
    const begun = performance.now();
    const { received, replays, rung } = subscriber;
    while (!(await subscriber.settled()) || missing(rung, replays, received).length > 0) {
      if (performance.now() - begun < patienceMs) continue;
      const lost = missing(rung, replays, received).join(', ');
      throw new Error(`lost: ${lost}; ${(await subscriber.story()).join(', ')}; ${story(received)}`);
    }
  }
});

function story(received: Subscriber['received']): string {
  return received.map(({ bell, revision, taken }) => `${bell} ${revision}${taken ? '' : ' refused'}`).join(', ');
}
