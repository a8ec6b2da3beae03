import type { Plot } from './plot.ts';
import type { Row } from './row.ts';

/** What a measure is given to work with. */
export interface Context {
  /** How often each contender takes its turn; the medians count. */
  readonly rounds: number;
  /** How long one turn of a rate lasts. */
  readonly seconds: number;
  /** A run that only shows that all of it works: sizes may be small, and goals may be missed. */
  readonly quick: boolean;
  /** A run with the sizes that the goals name, a million events, where there are less otherwise. */
  readonly full: boolean;
  /** A directory of the measure's own, removed after it. */
  readonly dir: string;
  /** Tells the person that waits, on standard error. */
  say(text: string): void;
  /** Puts a curve into the report. */
  plot(plot: Plot): void;
  /** Ends something when the measure is over, whether it failed or not; the last one first. */
  atEnd(step: () => Promise<unknown> | unknown): void;
}

/** Some rows of the table that are measured together. Each file in `measures/` exports one as `measure`. */
export interface Measure {
  /** For choosing it on the command line. */
  readonly name: string;
  /** One line for `--list`. */
  readonly about: string;
  /** Whether the packages of `infra/bench/package.json` have to be there. */
  readonly needsPeers?: boolean;
  run(context: Context): Promise<readonly Row[]>;
}
