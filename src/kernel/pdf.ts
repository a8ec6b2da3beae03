/** A heading with paragraphs, and facts as lines of name and value. */
export interface PdfSection {
  readonly heading: string;
  readonly paragraphs?: readonly string[];
  readonly facts?: readonly (readonly [name: string, value: string])[];
}

/** A file that travels inside a PDF. */
export interface PdfAttachment {
  readonly name: string;
  readonly mediaType: string;
  readonly description: string;
  readonly content: AsyncIterable<Uint8Array>;
}

/** What a file comes to. */
export interface PdfSum {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** What a PDF is made of. */
export interface PdfDocument {
  readonly title: string;
  /** ISO 8601, UTC: when it is said to have been made. */
  readonly at: string;
  /** Asked for one after the other: one may be made of what another came to. */
  readonly attachments: AsyncIterable<PdfAttachment>;
  /** Asked for when all attachments are in. */
  readonly sections: () => readonly PdfSection[];
  /** Says what vouches for the whole file, given what all of it but this comes to. It is written as a comment before `startxref`. */
  readonly seal?: (whole: PdfSum) => Promise<string>;
}

/** Makes PDFs. Attachments are compressed as they come; text is in Latin characters. */
export type MakePdf = (document: PdfDocument) => AsyncIterable<Uint8Array>;
