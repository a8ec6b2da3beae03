export type Unit = '/s' | 'ms' | 's' | 'MiB' | '×' | '%';

/**
 * What a figure has to reach, or to stay below: as it stands, or as a ratio to the floor or to the peer of its row. A ratio to what the
 * row does not have does not hold.
 */
export type Goal = Readonly<({ atLeast: number } | { below: number }) & { times?: 'floor' | 'peer' }>;

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly unit: Unit;
  /** The median of the rounds. */
  readonly ours: number;
  /** What the machine does at best, and what of; in the row's unit. */
  readonly floor?: { readonly value: number; readonly of: string };
  /** What another does with the same work; in the row's unit. */
  readonly peer?: { readonly value: number; readonly name: string };
  /** What the figure comes from, or comes to, in a few words. */
  readonly note?: string;
  /** All of them count; none where the row only tells. */
  readonly goals?: readonly Goal[];
}

/** Our figure divided by that of the floor or the peer; undefined where the row has none. */
export function ratioTo(row: Row, other: 'floor' | 'peer'): number | undefined {
  const value = row[other]?.value;
  return value === undefined || value === 0 ? undefined : row.ours / value;
}

/** Whether one goal of a row is reached. */
export function reaches(row: Row, goal: Goal): boolean {
  const figure = goal.times === undefined ? row.ours : ratioTo(row, goal.times);
  if (figure === undefined || Number.isNaN(figure)) return false;
  return 'atLeast' in goal ? figure >= goal.atLeast : figure < goal.below;
}

/** Whether every goal of the row is reached; true for a row without one. */
export function holds(row: Row): boolean {
  return (row.goals ?? []).every((goal) => reaches(row, goal));
}
