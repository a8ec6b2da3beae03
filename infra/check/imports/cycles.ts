import type { Checkout } from '../checkout.ts';
import { parse, takenBy } from './parsed.ts';

type Graph = ReadonlyMap<string, readonly string[]>;

/** Imports that go round in a circle when the program runs. Types may know each other: nothing of them is left by then. */
export function circularImports({ read }: Checkout, files: readonly string[]): readonly string[] {
  const graph: Graph = new Map(
    files.map((file) => {
      const running = takenBy(file, parse(read(file))).filter(({ typeOnly }) => !typeOnly);
      return [file, running.map(({ from }) => from)];
    }),
  );
  const done = new Set<string>();
  return files
    .flatMap((file) => cyclesFrom(graph, done, [file]))
    .map((cycle) => `${cycle[0]}: imports ${cycle.slice(1).join(' → ')}, in a circle`);
}

/** The circles that a walk from the end of `path` closes; what is done needs no second look. */
function cyclesFrom(graph: Graph, done: Set<string>, path: readonly string[]): readonly (readonly string[])[] {
  const here = path.at(-1) ?? '';
  const start = path.indexOf(here);
  if (start < path.length - 1) return [path.slice(start)];
  if (done.has(here)) return [];
  const found = (graph.get(here) ?? []).flatMap((next) => cyclesFrom(graph, done, [...path, next]));
  done.add(here);
  return found;
}
