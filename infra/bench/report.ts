import { type Goal, holds, type Row, ratioTo, reaches, type Unit } from './row.ts';

/** The table as text; a column that no row fills is left out. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    figure(row.ours, row.unit),
    peerText(row),
    floorText(row),
    goalsText(row),
    row.note ?? '',
  ]);
  const heads = ['', 'measured', 'peer', 'floor of the machine', 'goal', 'that is'];
  const filled = heads.flatMap((_, column) => (cells.some((line) => line[column] !== '') ? [column] : []));
  const lines = [heads, ...cells].map((line) => filled.map((column) => line[column] ?? ''));
  const widths = filled.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** A row as it stands in the JSON file: with its ratios, and what came of its goals. */
export function recorded(row: Row): object {
  const ratios = { toFloor: ratioTo(row, 'floor'), toPeer: ratioTo(row, 'peer') };
  const goals = (row.goals ?? []).map((goal) => ({ ...goal, says: goalText(row, goal), holds: reaches(row, goal) }));
  return { ...row, ratios, goals, holds: holds(row) };
}

function peerText(row: Row): string {
  if (row.peer === undefined) return '';
  return `${figure(row.peer.value, row.unit)} ${row.peer.name}${times(ratioTo(row, 'peer'))}`;
}

function floorText(row: Row): string {
  if (row.floor === undefined) return '';
  return `${figure(row.floor.value, row.unit)} ${row.floor.of}${times(ratioTo(row, 'floor'))}`;
}

const times = (ratio: number | undefined): string => (ratio === undefined ? '' : ` (×${ratio.toFixed(2)})`);

function goalsText(row: Row): string {
  const texts = (row.goals ?? []).map((goal) => `${goalText(row, goal)} ${reaches(row, goal) ? 'holds' : 'MISSED'}`);
  return texts.join('; ');
}

function goalText({ unit }: Row, goal: Goal): string {
  const [sign, value] = 'atLeast' in goal ? ['≥', goal.atLeast] : ['<', goal.below];
  return goal.times === undefined ? `${sign} ${figure(value, unit)}` : `${sign} ${value} × ${goal.times}`;
}

function figure(value: number, unit: Unit): string {
  const digits = unit !== '/s' && unit !== 'MiB' && value < 100 ? 2 : 0;
  const text = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === '/s' ? `${text}/s` : `${text} ${unit}`;
}
