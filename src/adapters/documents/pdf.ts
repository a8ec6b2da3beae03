import { once } from 'node:events';
import { createDeflate } from 'node:zlib';
import type PDFDocument from 'pdfkit';
import type { MakePdf, PdfAttachment, PdfDocument, PdfSection } from '../../kernel/pdf.ts';
import { sealed } from './seal.ts';

type Document = InstanceType<typeof PDFDocument>;

/**
 * Makes a PDF 1.7 with pdfkit: attachments first, compressed as they come, then the pages, which may tell of them. What is held is the
 * compressed attachments.
 */
export const makePdf: MakePdf = async function* (document) {
  const { at, title } = document;
  // Read when the first one is made: a tenth of a start, and 20 MB, are not for those who make none.
  const { default: Pdf } = await import('pdfkit');
  const pdf = new Pdf({
    size: 'A4',
    margin: 56,
    pdfVersion: '1.7',
    displayTitle: true,
    info: { Title: latin(title), CreationDate: new Date(at), Producer: 'Keyledger', Creator: 'Keyledger' },
  });
  const written = write(pdf, document).catch((error: Error) => pdf.destroy(error));
  if (document.seal === undefined) yield* pdf;
  else yield* sealed(pdf, document.seal);
  await written;
};

async function write(pdf: Document, { at, attachments, sections, title }: PdfDocument): Promise<void> {
  for await (const attachment of attachments) await attach(pdf, attachment, new Date(at));
  pdf.font('Helvetica-Bold').fontSize(18).text(latin(title));
  for (const section of sections()) show(pdf, section);
  pdf.end();
}

function show(pdf: Document, { facts = [], heading, paragraphs = [] }: PdfSection): void {
  pdf.moveDown().font('Helvetica-Bold').fontSize(12).text(latin(heading)).moveDown(0.3);
  pdf.fontSize(9.5);
  for (const paragraph of paragraphs) pdf.font('Helvetica').text(latin(paragraph)).moveDown(0.4);
  for (const [name, value] of facts) {
    pdf
      .font('Helvetica-Bold')
      .text(`${latin(name)}: `, { continued: true })
      .font('Courier')
      .text(latin(value));
  }
}

/** What the standard fonts can show. */
const latin = (text: string): string => text.replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '?');

/** The parts of pdfkit below its types. */
interface Parts {
  ref(data: Readonly<Record<string, unknown>>): Part;
  addNamedEmbeddedFile(name: string, file: Part): void;
}

interface Part {
  write(chunk: Uint8Array): void;
  end(): void;
}

/** An embedded file (ISO 32000-1, 7.11.4): pdfkit's own way takes only what is whole in memory. */
async function attach(pdf: Document, attachment: PdfAttachment, at: Date): Promise<void> {
  const { description, mediaType, name } = attachment;
  const parts = pdf as unknown as Parts;
  const params: Record<string, unknown> = { CreationDate: at, ModDate: at };
  const file = parts.ref({ Type: 'EmbeddedFile', Subtype: pdfName(mediaType), Filter: 'FlateDecode', Params: params });
  params['Size'] = await deflateInto(file, attachment.content);
  file.end();
  const names = { F: pdfString(name), UF: pdfString(name), Desc: pdfString(description) };
  const spec = parts.ref({ Type: 'Filespec', AFRelationship: 'Data', EF: { F: file }, ...names });
  spec.end();
  parts.addNamedEmbeddedFile(name, spec);
}

/** pdfkit writes `String` objects as strings and plain strings as names. */
const pdfString = (text: string): unknown => Object(latin(text));
const pdfName = (text: string): string =>
  text.replaceAll(/[^\w.-]/g, (char) => `#${char.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** The number of bytes that went in. */
async function deflateInto(file: Part, content: AsyncIterable<Uint8Array>): Promise<number> {
  const deflate = createDeflate();
  let size = 0;
  deflate.on('data', (part: Buffer) => file.write(part));
  const ended = once(deflate, 'end');
  for await (const part of content) {
    size += part.length;
    if (!deflate.write(part)) await once(deflate, 'drain');
  }
  deflate.end();
  await ended;
  return size;
}
