import { createHash } from 'node:crypto';
import { z } from 'zod';
import { completeFederationReport } from '../../../../commands/identity/federation/complete-federation-report.ts';
import { failFederationReport } from '../../../../commands/identity/federation/fail-federation-report.ts';
import { maxDocumentBytes, ReportId, ReportTerms } from '../../../domain/identity/federation/federation-report.ts';
import { reportCsv } from '../../../domain/identity/federation/report-csv.ts';
import {
  compileReport,
  type ReportDocument,
  reportReads,
} from '../../../domain/identity/federation/report-document.ts';
import { reportPdf } from '../../../domain/identity/federation/report-pdf.ts';
import { revealRows } from '../../../kernel/personal.ts';
import type { Ports } from '../../../kernel/ports.ts';
import type { Row } from '../../../kernel/query.ts';
import type { Sql } from '../../../kernel/sql.ts';
import { StoreUnavailable } from '../../../kernel/unavailable.ts';
import { worker } from '../../../kernel/worker.ts';

const Data = z.object({ reportId: ReportId, terms: ReportTerms, requestedAt: z.string() });

/** Compiles a report once the read models have seen that it was asked for; what cannot be compiled at all has failed for good. */
export const compileFederationReport = worker({
  queue: 'identity.compile-federation-report',
  attempts: 10,
  concurrency: 2,
  process: async (data, { execute, ports, tenant }) => {
    const { reportId, requestedAt, terms } = Data.parse(data);
    if (!(await ports.haveSeen(reportReads, BigInt(requestedAt)))) {
      throw new StoreUnavailable(`${reportReads.join(' and ')} have not seen position ${requestedAt} yet`);
    }
    const compiled = await compiledOf({ reportId, tenant, terms }, ports);
    if ('failure' in compiled) {
      await execute(failFederationReport, { reportId, reason: compiled.failure });
      return;
    }
    // What is compiled at another time is another document: each has a key of its own, and the first is kept.
    const step = createHash('sha256').update(compiled.document).digest('hex');
    await execute(completeFederationReport, { reportId, document: compiled.document.toString('base64') }, step);
  },
});

interface Asked {
  readonly reportId: string;
  readonly tenant: string;
  readonly terms: ReportTerms;
}

/** The document, or why there is none; a store that is away says nothing about the report. */
async function compiledOf(
  asked: Asked,
  ports: Ports,
): Promise<{ readonly document: Buffer } | { readonly failure: string }> {
  try {
    const at = new Date(ports.clock.now()).toISOString();
    const read = async (statement: Sql): Promise<readonly Row[]> =>
      revealRows(ports.personal, asked.tenant, await ports.read(asked.tenant, statement));
    const report = await compileReport(read, asked, at);
    const document = await rendered(report, asked.terms.format, ports);
    return document.length <= maxDocumentBytes ? { document } : { failure: tooLong(document.length) };
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    return { failure: reasonOf(error) };
  }
}

/** PostgreSQL's word for a statement that ran longer than it may. */
const canceled = '57014';

function reasonOf(error: unknown): string {
  const { code, name = 'an unknown error' } = error as { readonly code?: unknown; readonly name?: string };
  return code === canceled
    ? 'The period has more events than can be counted in time: ask for a shorter one.'
    : `It could not be compiled: ${name}.`;
}

function tooLong(bytes: number): string {
  return `The document has ${bytes} bytes, and ${maxDocumentBytes} are the most: ask for a shorter period or fewer providers.`;
}

async function rendered(report: ReportDocument, format: ReportTerms['format'], { pdf }: Ports): Promise<Buffer> {
  if (format === 'json') return Buffer.from(JSON.stringify(report));
  if (format === 'csv') return Buffer.from(reportCsv(report));
  const parts: Uint8Array[] = [];
  for await (const part of pdf(reportPdf(report))) parts.push(part);
  return Buffer.concat(parts);
}
