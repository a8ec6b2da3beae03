import { execFileSync, spawnSync } from 'node:child_process';
import { extractText } from 'unpdf';

const hasPdftotext = spawnSync('pdftotext', ['-v']).error === undefined;
if (!hasPdftotext)
  console.log('pdftotext is not installed: PDFs are read with unpdf instead (apt-get install poppler-utils)');

/** The text of a PDF's pages, as `pdftotext` reads it where it is installed. */
export async function textOfPdf(pdf: Uint8Array): Promise<string> {
  if (hasPdftotext) return execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf }).toString();
  const { text } = await extractText(new Uint8Array(pdf), { mergePages: true });
  return text;
}
