import type { PdfDocument, PdfSection } from '../../../kernel/pdf.ts';
import type { ReportDocument, ReportSection } from './report-document.ts';
import type { Cell } from './report-scope.ts';

const titles: Readonly<Record<ReportDocument['reportType'], string>> = {
  activity: 'Federated logins: activity',
  security: 'Federated logins: security',
  compliance: 'Federated logins: compliance',
};

/** A report as the pages of a PDF. */
export function reportPdf(document: ReportDocument): PdfDocument {
  return {
    title: titles[document.reportType],
    at: document.generatedAt,
    attachments: none(),
    sections: () => [about(document), ...document.sections.map(section)],
  };
}

async function* none(): AsyncGenerator<never> {
  yield* [];
}

function about({
  endDate,
  generatedAt,
  providers,
  reportId,
  startDate,
  summary,
  tenantId,
}: ReportDocument): PdfSection {
  return {
    heading: 'About this report',
    paragraphs: [
      'What the provider local did was seen by this installation itself. What other providers did is what was reported of them, and by whom is in the audit.',
    ],
    facts: [
      ['Report', reportId],
      ['Tenant', tenantId],
      ['From', startDate],
      ['Before', endDate],
      ['Providers', providers?.join(', ') ?? 'all'],
      ['Made at', generatedAt],
      ...Object.entries(summary).map(([name, value]) => [named(name), String(value)] as const),
    ],
  };
}

function section({ columns, rows, title }: ReportSection): PdfSection {
  if (rows.length === 0) return { heading: title, paragraphs: ['None in this period.'] };
  return {
    heading: title,
    facts: rows.map(([item = '', ...values]) => [shown(item), beside(columns, values)] as const),
  };
}

function beside(columns: readonly string[], values: readonly Cell[]): string {
  return values.map((value, index) => `${named(columns[index + 1] ?? '')} ${shown(value)}`).join(', ');
}

function shown(cell: Cell): string {
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return String(cell ?? 'unknown');
}

const named = (column: string): string => column.replaceAll('_', ' ');
