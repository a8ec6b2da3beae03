/** The middle one of some measurements. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The measurement that such a share of all stays at or below: 0.5 is the median, 0.99 the p99. */
export function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
}

/** Figures of one round, each under its name. */
export type Figures = Readonly<Record<string, number>>;

/**
 * Runs the contenders in turn, round after round, each round beginning with another one, so that all of them meet the same machine. What
 * comes back is the median of each figure of each contender.
 */
export async function inTurn<Name extends string>(
  rounds: number,
  contenders: Readonly<Record<Name, () => Promise<Figures> | Figures>>,
  say: (text: string) => void = () => undefined,
): Promise<Readonly<Record<Name, Figures>>> {
  const names = Object.keys(contenders) as Name[];
  const taken = new Map<Name, Figures[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [index] of names.entries()) {
      const name = names[(index + round) % names.length] as Name;
      say(`${name}, round ${round + 1} of ${rounds}`);
      taken.get(name)?.push(await contenders[name]());
    }
  }
  const pairs = names.map((name) => [name, medians(taken.get(name) ?? [])]);
  return Object.fromEntries(pairs) as Record<Name, Figures>;
}

function medians(rounds: readonly Figures[]): Figures {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(rounds.map((round) => round[name] ?? Number.NaN))]));
}

/** How often a second some work is done by one caller that does nothing else. */
export function perSecond(seconds: number, work: () => void): number {
  const start = performance.now();
  const end = start + seconds * 1_000;
  let count = 0;
  while (performance.now() < end) {
    work();
    count++;
  }
  return count / ((performance.now() - start) / 1_000);
}
