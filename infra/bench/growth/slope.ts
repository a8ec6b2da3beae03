import { median } from '../figures.ts';

/**
 * What a tenfold of events may do to a time, at most. From 10,000 to 100,000 events a logarithm grows by a quarter; a square root would by
 * 3.2, a proportion by ten.
 */
export const tolerance = { flat: 1.1, logarithmic: 1.25 } as const;

/** How far apart the ends of what a step may be are, at most, to judge by it. */
const closely = 1.15;

export type Verdict = 'flat' | 'logarithmic' | 'grows' | 'undecided';

/** How a time changes by a tenfold: the median over all turns, and where it lies nineteen times in twenty. */
export interface Step {
  readonly factor: number;
  readonly atLeast: number;
  readonly atMost: number;
}

/**
 * How many times longer what comes second takes. Each turn has asked both within a moment, so the machine's moods fall out of its ratio.
 *
 * @param decades tenfolds of events between the two
 */
export function stepOf(first: readonly number[], second: readonly number[], decades: number): Step {
  const factors = second.map((ms, turn) => (ms / (first[turn] ?? Number.NaN)) ** (1 / decades)).sort((a, b) => a - b);
  const { length } = factors;
  const middle = (length - 1) / 2;
  // By the binomial distribution, the median lies so many ranks around the middle.
  const ranks = 0.98 * Math.sqrt(length);
  const at = (rank: number): number => factors[rank] ?? Number.NaN;
  return {
    factor: median(factors),
    atLeast: at(Math.floor(middle - ranks)),
    atMost: at(Math.ceil(middle + ranks)),
  };
}

/** The step that matters: growth in proportion hides behind a constant until the last of them. */
export function steepest(steps: readonly Step[]): Step {
  const none: Step = { factor: Number.NaN, atLeast: Number.NaN, atMost: Number.NaN };
  return steps.reduce((worst, step) => (worst.atMost >= step.atMost ? worst : step), steps[0] ?? none);
}

/**
 * What the steps of a curve say together. What the turns do not bear out, since they are too few or too unlike, is undecided.
 */
export function verdictOn(steps: readonly Step[]): Verdict {
  const { atMost } = steepest(steps);
  if (atMost < tolerance.flat) return 'flat';
  if (atMost < tolerance.logarithmic) return 'logarithmic';
  return steps.some(({ atLeast }) => atLeast >= tolerance.logarithmic) ? 'grows' : 'undecided';
}

/** Whether the turns say where the steps lie closely enough to judge by them, however that will be. */
export function close(steps: readonly Step[]): boolean {
  return steps.every(({ atLeast, atMost }) => atMost / atLeast < closely);
}
