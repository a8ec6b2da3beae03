import { stringify } from 'csv-stringify/sync';
import type { ReportDocument } from './report-document.ts';
import type { Cell } from './report-scope.ts';

/** Characters that would begin a line, hide one or turn it around: controls, formats, and separators of lines and paragraphs. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A report as a table of single values (RFC 4180): section, what the row is about, which of its columns, and the value. What a
 * spreadsheet would take for a formula begins with an apostrophe; characters that do not print are `\uXXXX`.
 */
export function reportCsv(document: ReportDocument): string {
  const { reportId, reportType, tenantId, startDate, endDate, generatedAt, providers } = document;
  const facts = { reportType, tenantId, startDate, endDate, generatedAt, providers: providers?.join(' ') ?? 'all' };
  const lines: (readonly Cell[])[] = [
    ['section', 'item', 'measure', 'value'],
    ...Object.entries(facts).map(([name, value]) => ['report', reportId, name, value]),
    ...Object.entries(document.summary).map(([name, value]) => ['summary', reportId, name, value]),
  ];
  for (const { columns, name, rows } of document.sections) {
    for (const [item = '', ...values] of rows) {
      values.forEach((value, index) => {
        lines.push([name, item, columns[index + 1] ?? '', value]);
      });
    }
  }
  return stringify(
    lines.map((line) => line.map(textOf)),
    { record_delimiter: '\r\n', escape_formulas: true },
  );
}

function textOf(cell: Cell): string {
  return String(cell ?? '').replaceAll(
    unprintable,
    (char) => String.raw`\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
