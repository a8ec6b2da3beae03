import { join } from 'node:path';
import type { Figures } from '../figures.ts';
import type { Work } from '../load/job.ts';
import { load } from '../load/load.ts';
import type { Context, Measure } from '../measure.ts';
import type { Row } from '../row.ts';
import { emptyInstance, type FilledInstance } from '../synthetic/filled-instance.ts';
import { eventsFor } from '../synthetic/stores.ts';
import { perSecret, secretIdOf } from '../synthetic/vault-log.ts';

/** Different paths that are asked for in turn, spread over all that is there. */
const spread = 500;
/** What a hundredfold of events may do to a request: from 10,000 to a million, a logarithm grows by half. */
const mostTimes = 2;

const kinds = ['command', 'query', 'proof', 'history'] as const;
type Kind = (typeof kinds)[number];

/** A request of each kind, at a size. */
function workOf(kind: Kind, events: number): Work {
  const paths = (path: (n: number) => string): Work => ({
    kind: 'paths',
    paths: Array.from({ length: spread }, (_, n) => path(((n * 7_919) % spread) / spread)),
  });
  const secret = (share: number): string =>
    `/vault/v1/versioned-secrets/${encodeURIComponent(secretIdOf(Math.floor((share * events) / perSecret)))}`;
  if (kind === 'command') return { kind: 'versions', tag: `growth-${events}`, bytes: 400 };
  if (kind === 'query') return paths(secret);
  if (kind === 'history') return paths((share) => `${secret(share)}/history`);
  return paths((share) => `/audit/v1/proofs/inclusion?index=${Math.floor(share * events)}`);
}

export const measure: Measure = {
  name: 'growth',
  about: 'one request at a time, the log growing tenfold and tenfold again: a command, a query, a proof and a history',
  async run(context) {
    const last = eventsFor(context);
    const sizes = [last / 100, last / 10, last];
    const filled = await emptyInstance(context, join(context.dir, 'keyledger'));
    const taken: Figures[] = [];
    for (const size of sizes) {
      await filled.grow(size);
      taken.push(await figuresAt(context, filled, size));
    }
    context.plot({
      name: 'growth',
      title: 'One request at a time, by events on the log',
      x: 'events',
      y: 'ms at the median',
      curves: kinds.map((kind) => ({
        name: kind,
        points: sizes.map((size, n) => [size, taken[n]?.[kind] ?? 0] as const),
      })),
    });
    return kinds.map((kind) => rowOf(kind, sizes, taken));
  },
};

/** The median of each kind, after a moment in which all of them are warmed. */
async function figuresAt(
  { rounds, say, seconds }: Context,
  { instance: { url }, logIn }: FilledInstance,
  size: number,
): Promise<Figures> {
  const figures: Record<string, number> = {};
  const headers = await logIn();
  for (const kind of kinds) {
    say(`${kind} at ${size} events`);
    const work = workOf(kind, size);
    await load({
      url,
      headers,
      inFlight: 1,
      seconds: 1,
      work: kind === 'command' ? ({ ...work, tag: `warm-${size}` } as Work) : work,
    });
    const { p50 } = await load({ url, headers, inFlight: 1, seconds: Math.max(1, seconds * rounds * 0.5), work });
    figures[kind] = p50;
  }
  return figures;
}

function rowOf(kind: Kind, sizes: readonly number[], taken: readonly Figures[]): Row {
  const [first = 0, , last = 0] = sizes;
  return {
    name: `${kind}, one at a time, at ${last.toLocaleString('en')} events, p50`,
    unit: 'ms',
    ours: taken.at(-1)?.[kind] ?? Number.NaN,
    floor: { value: taken[0]?.[kind] ?? Number.NaN, of: `at ${first.toLocaleString('en')} events` },
    goals: [{ below: mostTimes, times: 'floor' }],
  };
}
