import { createHash } from 'node:crypto';
import type { PdfDocument } from '../../kernel/pdf.ts';

/** From here on a PDF says where its cross-reference table is, and ends: no more than `tailAtMost` bytes. */
const tail = 'startxref\n';
const tailAtMost = 64;

/** Passes a PDF on, with a seal in comments before its tail. */
export async function* sealed(
  pdf: AsyncIterable<Uint8Array>,
  seal: NonNullable<PdfDocument['seal']>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of pdf) {
    hash.update(chunk);
    bytes += chunk.length;
    held = Buffer.concat([held, chunk]);
    const passed = Math.max(0, held.length - tailAtMost);
    yield held.subarray(0, passed);
    held = held.subarray(passed);
  }
  const at = held.lastIndexOf(tail);
  if (at < 0) throw new Error('the PDF does not end as PDFs do');
  yield held.subarray(0, at);
  yield Buffer.from(await seal({ bytes, sha256: hash.digest('hex') }));
  yield held.subarray(at);
}
