/** Curves over a size that grows tenfold: both axes are logarithmic, so that growth in proportion is steep, and none is level. */
export interface Plot {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly title: string;
  /** What its axes show, with the unit. */
  readonly x: string;
  readonly y: string;
  readonly curves: readonly Curve[];
}

interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const [width, height] = [900, 480];
/** Of the axes; what is to the right of them is for the curves' names. */
const area = { left: 80, right: 600, top: 60, bottom: 410 };
/** Between two lines of text. */
const line = 17;
const colours = ['#0b6e99', '#c2410c', '#4d7c0f', '#7e22ce', '#a16207', '#be185d', '#334155'];

interface Scale {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** The plot as a picture. Points that are not above zero have no place on its axes and are left out. */
export function svg(plot: Plot): string {
  const curves = plot.curves
    .map(({ name, points }) => ({ name, points: points.filter(([x, y]) => x > 0 && y > 0) }))
    .filter(({ points }) => points.length > 0);
  const all = curves.flatMap(({ points }) => points);
  const x = scale(
    all.map((point) => point[0]),
    { from: area.left, to: area.right, steps: [1] },
  );
  const y = scale(
    all.map((point) => point[1]),
    { from: area.bottom, to: area.top, steps: [1, 2, 5] },
  );
  const middle = (area.top + area.bottom) / 2;
  const parts = [
    text([area.left, 28], plot.title, 'font-size="16"'),
    text([(area.left + area.right) / 2, height - 22], plot.x, 'text-anchor="middle"'),
    text([22, middle], plot.y, `text-anchor="middle" transform="rotate(-90 22 ${middle})"`),
    ...x.ticks.map((tick) => grid([x.at(tick), area.top], [x.at(tick), area.bottom])),
    ...x.ticks.map((tick) => text([x.at(tick), area.bottom + 20], figure(tick), 'text-anchor="middle"')),
    ...y.ticks.map((tick) => grid([area.left, y.at(tick)], [area.right, y.at(tick)])),
    ...y.ticks.map((tick) => text([area.left - 8, y.at(tick) + 4], figure(tick), 'text-anchor="end"')),
    ...drawn(curves, { x, y }),
  ];
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`;
  return `${head}\n<rect width="100%" height="100%" fill="white"/>\n${parts.join('\n')}\n</svg>\n`;
}

const figure = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 3 });

interface Ends {
  readonly from: number;
  readonly to: number;
  /** Where ticks are within each power of ten. */
  readonly steps: readonly number[];
}

/** Ticks from the last at or below the least value to the first at or above the greatest. */
function scale(values: readonly number[], { from, steps, to }: Ends): Scale {
  const [least, most] = values.length === 0 ? [1, 10] : [Math.min(...values), Math.max(...values)];
  const powers = Array.from(
    { length: Math.ceil(Math.log10(most)) - Math.floor(Math.log10(least)) + 2 },
    (_, n) => 10 ** (Math.floor(Math.log10(least)) + n),
  );
  const possible = powers.flatMap((power) => steps.map((step) => step * power));
  const first = possible.findLastIndex((tick) => tick <= least * 1.000_001);
  const last = Math.max(
    first + 1,
    possible.findIndex((tick) => tick >= most * 0.999_999),
  );
  const ticks = possible.slice(Math.max(0, first), last + 1);
  const [start, end] = [Math.log10(ticks[0] ?? 1), Math.log10(ticks.at(-1) ?? 10)];
  return { ticks, at: (value) => from + ((Math.log10(value) - start) / (end - start)) * (to - from) };
}

/** Each with its name and its last figure at its end, moved up or down where names would meet. */
function drawn(curves: readonly Curve[], { x, y }: Readonly<Record<'x' | 'y', Scale>>): readonly string[] {
  const ends = curves.map(({ points }) => y.at(points.at(-1)?.[1] ?? 1));
  const places = apart(ends);
  return curves.map(({ name, points }, n) => {
    const colour = colours[n % colours.length];
    const at = points.map(([px, py]) => [x.at(px).toFixed(1), y.at(py).toFixed(1)] as const);
    const dots = at.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${colour}"/>`).join('');
    const [endX = area.right, endY = area.top] = (at.at(-1) ?? []).map(Number);
    const place = places[n] ?? endY;
    const leader = `<line x1="${endX + 5}" y1="${endY}" x2="${area.right + 16}" y2="${place.toFixed(1)}" stroke="${colour}" stroke-width="0.7"/>`;
    const label = text([area.right + 20, place + 4], `${name}: ${figure(points.at(-1)?.[1] ?? 0)}`, `fill="${colour}"`);
    const path = at.map((point) => point.join(',')).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}${leader}${label}`;
  });
}

/** Heights for lines of text near those that are wanted, none of which meets another. */
function apart(wanted: readonly number[]): readonly number[] {
  const places = [...wanted];
  const down = wanted.map((_, n) => n).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  let free = Number.NEGATIVE_INFINITY;
  for (const n of down) {
    places[n] = Math.max(places[n] ?? 0, free);
    free = (places[n] ?? 0) + line;
  }
  const over = Math.max(0, free - line - area.bottom);
  return places.map((place) => place - over);
}

type Point = readonly [x: number, y: number];

const grid = ([x1, y1]: Point, [x2, y2]: Point): string =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="#ddd"/>`;

const text = ([x, y]: Point, words: string, more: string): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escaped(words)}</text>`;

const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
