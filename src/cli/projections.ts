import type { Command } from 'commander';
import type { TableSetStatus, Tools } from '../app/tools.ts';
import { withLog } from './log.ts';
import { CommandFailed, type Output, table } from './output.ts';

/** Adds `projections status`, `rebuild` and `verify`. */
export function addProjections(program: Command): void {
  const projections = program.command('projections').description('look after the read models');
  projections
    .command('status')
    .description('show position, lag, owner and parked streams of each read model')
    .action(() => withLog(program, status));
  projections
    .command('rebuild [name...]')
    .description('build read models anew from the log beside the live ones, and swap; all of them where none is named')
    .action((names: string[]) => withLog(program, (tools, out) => rebuild(tools, out, names)));
  projections
    .command('verify [name...]')
    .description('build read models anew in a scratch schema and compare them with the live ones, byte for byte')
    .action((names: string[]) => withLog(program, (tools, out) => verify(tools, out, names)));
}

async function status({ projections }: Tools, out: Output): Promise<void> {
  const all = await projections.status();
  const rows = all.flatMap(({ building, live, name }) =>
    [live, building].flatMap((set, index) =>
      set === undefined ? [] : [rowOf(name, index === 0 ? 'live' : 'building', set)],
    ),
  );
  const header = ['read model', 'state', 'version', 'position', 'lag', 'parked', 'owner', 'problem'];
  out.result({ projections: all }, table(header, rows));
}

function rowOf(name: string, state: string, set: TableSetStatus): readonly string[] {
  const { lag, owner = 'nobody', parked, position = 0n, problem = '', version } = set;
  return [name, state, String(version), String(position), String(lag), String(parked.length), owner, problem];
}

async function rebuild({ projections }: Tools, out: Output, names: readonly string[]): Promise<void> {
  for (const name of known(projections.names, names)) {
    out.progress(`${name}: building beside the live one`);
    const built = await projections.rebuild(name);
    out.result({ projection: name, ...built }, `${name}: rebuilt and swapped at position ${built.position}`);
  }
}

async function verify({ projections }: Tools, out: Output, names: readonly string[]): Promise<void> {
  for (const name of known(projections.names, names)) {
    out.progress(`${name}: replaying the log`);
    const { projection: _name, ...report } = await projections.verify(name);
    const equal = report.differences === 0;
    const text = equal
      ? `${name}: equal to a replay at position ${report.position}, ${report.rows} rows`
      : `${name}: DIFFERS from a replay at position ${report.position} in ${report.differences} rows, first ${shown(report.first)}`;
    out.result({ projection: name, equal, ...report }, text);
    if (!equal) process.exitCode = 1;
  }
}

const shown = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part));

function known(all: readonly string[], names: readonly string[]): readonly string[] {
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new CommandFailed(`There is no read model ${unknown}; there are ${all.join(', ')}.`);
  return names.length === 0 ? all : names;
}
