import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../figures.ts';
import { machineFloor } from '../floor.ts';
import { type Kind, kindNames, kinds } from '../growth/kinds.ts';
import { close, type Step, steepest, stepOf, tolerance, verdictOn } from '../growth/slope.ts';
import { inTurns, type Taken } from '../growth/turns.ts';
import { ask } from '../instance.ts';
import type { Context, Measure } from '../measure.ts';
import type { Row } from '../row.ts';
import { emptyInstance, type FilledInstance } from '../synthetic/filled-instance.ts';
import { eventsFor } from '../synthetic/stores.ts';

/** Turns that count, at least; fewer where a run only shows that all of it works. */
const leastTurns = 100;
const quickTurns = 8;
/** Seconds until a checkpoint has to cover what was written: they are signed every minute. */
const patience = 150;

/** An installation with so many events on its log. */
interface Sized extends FilledInstance {
  readonly events: number;
}

const counted = (events: number): string => events.toLocaleString('en');

export const measure: Measure = {
  name: 'growth',
  about:
    'one request at a time, of three logs in turn, each ten times the one before: command, query, history, trail, list, proof',
  async run(context) {
    const last = eventsFor(context);
    const sized: Sized[] = [];
    for (const events of [last / 100, last / 10, last]) {
      const filled = await emptyInstance(context, join(context.dir, `keyledger-${events}`));
      await filled.grow(events);
      sized.push({ ...filled, events });
    }
    const floor = await machineFloor(context.dir);
    context.atEnd(() => floor.close());
    const taken = new Map<Kind, readonly Taken[]>();
    for (const kind of kindNames) {
      if (kind === 'proof') await Promise.all(sized.map(proved));
      context.say(`${kind}, the three sizes in turn`);
      taken.set(kind, await turnsOf(context, { floor, kind, sized }));
    }
    drawn(context, sized, taken);
    const floors = sized.map((_, n) => ({
      ms: [...taken.values()].flatMap((sizes) => sizes[n]?.floor ?? []),
      floor: [],
    }));
    const rows = [...taken].map(([kind, sizes]) => rowOf(kind, sized, sizes));
    return [...rows, rowOf('the machine itself', sized, floors)];
  },
};

/** Waits until the newest checkpoint covers the last event: proofs are made in it. */
async function proved({ events, instance: { url }, logIn }: Sized): Promise<void> {
  const headers = await logIn();
  const last = kinds.proof({ events, share: (events - 1) / events, turn: 0 });
  for (let seconds = 0; ; seconds++) {
    const failure = await ask(url, 'GET', last.path, { headers }).then(() => undefined, String);
    if (failure === undefined) return;
    if (seconds === patience) throw new Error(`no checkpoint covers ${counted(events)} events: ${failure}`);
    await sleep(1_000);
  }
}

interface Turning {
  readonly floor: Awaited<ReturnType<typeof machineFloor>>;
  readonly kind: Kind;
  readonly sized: readonly Sized[];
}

async function turnsOf(
  { quick, rounds, seconds }: Context,
  { floor, kind, sized }: Turning,
): Promise<readonly Taken[]> {
  const contenders = sized.map(async ({ events, instance, logIn }) => ({
    url: instance.url,
    headers: await logIn(),
    // The golden ratio spreads the turns evenly over all that is there, and never comes back to a place.
    request: (turn: number) => kinds[kind]({ events, turn, share: (turn * 0.618_033_988_749_895) % 1 }),
  }));
  const forSeconds = quick ? 0 : seconds * rounds;
  return inTurns(await Promise.all(contenders), floor, {
    forSeconds,
    least: quick ? quickTurns : leastTurns,
    enough: (taken) => close(stepsOf(sized, taken)),
  });
}

function stepsOf(sized: readonly Sized[], taken: readonly Taken[]): readonly Step[] {
  return sized.slice(1).map(({ events }, n) => {
    const decades = Math.log10(events / (sized[n]?.events ?? Number.NaN));
    return stepOf(taken[n]?.ms ?? [], taken[n + 1]?.ms ?? [], decades);
  });
}

function rowOf(what: string, sized: readonly Sized[], taken: readonly Taken[]): Row {
  const steps = stepsOf(sized, taken);
  const times = taken.map(({ ms }) => median(ms).toFixed(2)).join(', ');
  const factors = steps.map(({ factor }) => `×${factor.toFixed(2)}`).join(' then ');
  const [first, last] = [sized[0], sized.at(-1)].map((each) => counted(each?.events ?? 0));
  return {
    name: `growth: ${what}, by a tenfold of events, from ${first} to ${last}`,
    unit: '×',
    ours: steepest(steps).atMost,
    note: `${verdictOn(steps)}: ${times} ms, ${factors}, at most the figure at 95 %, ${taken[0]?.ms.length ?? 0} turns`,
    goals: [{ below: tolerance.logarithmic }],
  };
}

function drawn(context: Context, sized: readonly Sized[], taken: ReadonlyMap<Kind, readonly Taken[]>): void {
  const points = (of: (n: number) => readonly number[]): (readonly [number, number])[] =>
    sized.map(({ events }, n) => [events, median(of(n))] as const);
  const curves = [...taken].map(([kind, sizes]) => ({ name: kind, points: points((n) => sizes[n]?.ms ?? []) }));
  const alone = points((n) => [...taken.values()].flatMap((sizes) => sizes[n]?.floor ?? []));
  context.plot({
    name: 'growth',
    title: 'One request at a time: level is flat, in proportion would be tenfold at each step',
    x: 'events on the log (number)',
    y: 'median time of a request, milliseconds',
    curves: [...curves, { name: 'the machine alone', points: alone }],
  });
}
