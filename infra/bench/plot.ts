/** Curves over a size that grows tenfold: both axes are logarithmic, so that growth in proportion is a diagonal, and none is level. */
export interface Plot {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly curves: readonly { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
}

const [width, height, margin, legend] = [720, 420, 60, 20];
const colours = ['#0b6e99', '#c2410c', '#4d7c0f', '#7e22ce', '#a16207', '#334155'];

interface Scale {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** The plot as a picture. Points that are not above zero have no place on its axes and are left out. */
export function svg(plot: Plot): string {
  const curves = plot.curves.map(({ name, points }) => ({ name, points: points.filter(([x, y]) => x > 0 && y > 0) }));
  const all = curves.flatMap(({ points }) => points);
  const x = scale(
    all.map((point) => point[0]),
    [margin, width - margin],
  );
  const y = scale(
    all.map((point) => point[1]),
    [height - margin, margin],
  );
  const parts = [
    text(width / 2, legend, plot.title, 'middle'),
    text(width / 2, height - 10, plot.x, 'middle'),
    text(10, margin - 14, plot.y, 'start'),
    ...x.ticks.map((tick) => grid([x.at(tick), margin], [x.at(tick), height - margin])),
    ...x.ticks.map((tick) => text(x.at(tick), height - margin + 18, tick.toLocaleString('en'), 'middle')),
    ...y.ticks.map((tick) => grid([margin, y.at(tick)], [width - margin, y.at(tick)])),
    ...y.ticks.map((tick) => text(margin - 6, y.at(tick) + 4, tick.toLocaleString('en'), 'end')),
    ...curves.map(({ name, points }, n) =>
      curve(
        name,
        n,
        points.map(([px, py]) => [x.at(px), y.at(py)] as const),
      ),
    ),
  ];
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`;
  return `${head}\n<rect width="100%" height="100%" fill="white"/>\n${parts.join('\n')}\n</svg>\n`;
}

/** A tick at every power of ten from below the least value to above the greatest. */
function scale(values: readonly number[], [from, to]: readonly [number, number]): Scale {
  const logs = values.length === 0 ? [0, 1] : values.map(Math.log10);
  const start = Math.floor(Math.min(...logs));
  const end = Math.max(start + 1, Math.ceil(Math.max(...logs)));
  const ticks = Array.from({ length: end - start + 1 }, (_, n) => 10 ** (start + n));
  return { ticks, at: (value) => from + ((Math.log10(value) - start) / (end - start)) * (to - from) };
}

function curve(name: string, n: number, points: readonly (readonly [number, number])[]): string {
  const colour = colours[n % colours.length];
  const line = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const dots = points.map(([x, y]) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3" fill="${colour}"/>`);
  const label = `<text x="${margin + 10}" y="${margin + 16 * (n + 1)}" fill="${colour}">${escaped(name)}</text>`;
  return `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}${label}`;
}

const grid = ([x1, y1]: readonly [number, number], [x2, y2]: readonly [number, number]): string =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="#ddd"/>`;

const text = (x: number, y: number, words: string, anchor: string): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(words)}</text>`;

const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
