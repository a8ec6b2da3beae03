import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Measure } from './measure.ts';
import { Usage } from './usage.ts';

/** What the command line asks for. */
export interface Asked {
  readonly measures: readonly Measure[];
  readonly rounds: number;
  readonly seconds: number;
  readonly quick: boolean;
  readonly full: boolean;
  readonly out: string;
  readonly list: boolean;
}

const options = {
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  out: { type: 'string', default: '.cache/bench' },
  quick: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
} as const;

/**
 * Reads the command line: names of measures, all where there is none, and options.
 *
 * @throws {Usage} a measure or an option that is none, or a number out of range
 */
export function readArguments(argv: readonly string[], known: readonly Measure[]): Asked {
  const { positionals, values } = parsed(argv);
  const { full, list, out, quick } = values;
  if (full && quick) throw new Usage('Choose --quick or --full, not both.');
  const unknown = positionals.filter((name) => !known.some((measure) => measure.name === name));
  if (unknown.length > 0) {
    throw new Usage(
      `There is no row "${unknown.join('", "')}". Choose among ${known.map(({ name }) => name).join(', ')}, or none for all.`,
    );
  }
  return {
    measures: positionals.length === 0 ? known : known.filter(({ name }) => positionals.includes(name)),
    rounds: wholeNumber('rounds', values.rounds ?? (quick ? '1' : '3'), 99),
    seconds: wholeNumber('seconds', values.seconds ?? (quick ? '1' : '5'), 600),
    quick,
    full,
    out: resolve(out),
    list,
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    const [first] = (error as Error).message.split('. ');
    throw new Usage(`${first}. The options are --rounds N, --seconds N, --out DIR, --quick, --full and --list.`);
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new Usage(`--${name} takes a whole number from 1 to ${most}, not "${text}".`);
}
