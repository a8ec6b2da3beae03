import { createHash } from 'node:crypto';
import { z } from 'zod';
import { verifyDocument } from '../../../kernel/crypto/signing.ts';
import type { PdfSum } from '../../../kernel/pdf.ts';
import type { DocumentSigner } from '../../../kernel/ports.ts';
import type { Trust } from './trust.ts';

/** What the seal of a bundle is signed as. */
const purpose = 'audit-bundle';
const mark = '%keyledger-seal ';
const lines = /.{1,96}/g;

const Seal = z.strictObject({
  document: z.strictObject({
    kind: z.literal('keyledger/audit-bundle'),
    v: z.literal(1),
    exportId: z.uuid(),
    bytes: z.int(),
    sha256: z.hex(),
  }),
  purpose: z.literal(purpose),
  signature: z.record(z.string(), z.unknown()),
});

/** Lines of comment that vouch for a PDF: what all of it but these lines comes to, signed. */
export async function sealOf(signer: DocumentSigner, exportId: string, whole: PdfSum): Promise<string> {
  const document = { kind: 'keyledger/audit-bundle', v: 1, exportId, ...whole } as const;
  return linesOf({ document, purpose, signature: { ...(await signer.sign(purpose, document)) } });
}

/** What is wrong with a sealed PDF; undefined where nothing was changed. */
export function unsealed(pdf: Buffer, trust: Trust): string | undefined {
  const from = pdf.indexOf(mark);
  const to = pdf.indexOf('startxref', from);
  if (from < 0 || to < 0) return 'it has no seal, or no end';
  const lines = pdf.subarray(from, to).toString('latin1');
  const text = Buffer.from(lines.replaceAll(mark, ''), 'base64').toString();
  const seal = Seal.safeParse(json(text)).data;
  // Another spelling of the same seal is a change too.
  if (seal === undefined || linesOf(seal) !== lines) return 'its seal cannot be read';
  const verdict = verifyDocument(seal, trust.documents);
  if (!verdict.valid) return `its seal: ${verdict.reason}`;
  const sum = createHash('sha256').update(pdf.subarray(0, from)).update(pdf.subarray(to)).digest('hex');
  return sum === seal.document.sha256 ? undefined : 'it is not what its seal was made of';
}

function linesOf(seal: z.infer<typeof Seal>): string {
  const text = Buffer.from(JSON.stringify(seal)).toString('base64');
  return (text.match(lines) ?? []).map((line) => `${mark}${line}\n`).join('');
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
