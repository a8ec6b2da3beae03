/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: '/s' | 'ms' | 'MiB';
  /** Absent where the row tells of the machine. */
  readonly goal?: { readonly atLeast: number } | { readonly below: number };
  /** What the machine does at best, and what of. */
  readonly floor?: { readonly value: number; readonly of: string };
}

/** Whether the row's goal is reached; true for rows without one. */
export function holds({ goal, value }: Row): boolean {
  if (goal === undefined) return true;
  return 'atLeast' in goal ? value >= goal.atLeast : value < goal.below;
}

/** The table as text. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => [row.name, figure(row.value, row.unit), goalText(row), floorText(row)]);
  const all = [['', 'measured', 'goal', 'floor of the machine'], ...lines];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  return all
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function goalText(row: Row): string {
  if (row.goal === undefined) return '';
  const text =
    'atLeast' in row.goal ? `≥ ${figure(row.goal.atLeast, row.unit)}` : `< ${figure(row.goal.below, row.unit)}`;
  return `${text} ${holds(row) ? 'holds' : 'MISSED'}`;
}

function floorText({ floor, unit }: Row): string {
  return floor === undefined ? '' : `${figure(floor.value, unit)} ${floor.of}`;
}

function figure(value: number, unit: Row['unit']): string {
  const digits = unit === 'ms' && value < 100 ? 2 : 0;
  const text = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === '/s' ? `${text}/s` : `${text} ${unit}`;
}
