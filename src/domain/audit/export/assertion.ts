import type { PdfSection } from '../../../kernel/pdf.ts';
import type { ExportManifest } from './manifest.ts';

/** The pages of an evidence bundle: what it is, what the management of the customer asserts, and how it is checked. */
export function bundlePages(manifest: ExportManifest, tenantName: string): readonly PdfSection[] {
  const { at, chainAfter, exportId, from, requestedBy, root, size } = manifest;
  const entries = size - from;
  return [
    {
      heading: 'Cover',
      facts: [
        ['Tenant', `${tenantName} (${manifest.tenant})`],
        ['Export', exportId],
        ['Made', at],
        ['Asked for by', `${requestedBy.type} ${requestedBy.id}`],
        ['From', manifest.since ?? 'the first entry'],
        ['Until', manifest.until ?? 'the newest entry'],
        ['Entries', `${entries}${entries === 0 ? '' : ` (index ${from} to ${size - 1})`}`],
      ],
    },
    {
      heading: 'Management assertion',
      paragraphs: [
        `The management of ${tenantName} asserts that the attached file audit.csv holds every entry of its audit log in the range named above, complete and in order, as Keyledger recorded them, and that none has been added, changed or left out.`,
        'The assertion is made by the person who signs below. The hashes and signatures let the reader check it without trusting that person, this installation or its makers.',
        'Name: ______________________________     Role: ______________________________',
        'Date: ______________________________     Signature: _________________________',
      ],
    },
    {
      heading: 'Evidence',
      facts: [
        ['SHA-256 of audit.csv', manifest.body.sha256],
        ['Bytes of audit.csv', String(manifest.body.bytes)],
        ['Chain behind the last entry', chainAfter],
        ['Root of the tree', Buffer.from(root, 'base64').toString('hex')],
        ['Log', manifest.origin],
        ['Checkpoint', `of ${manifest.checkpoint.size} entries, in manifest.json`],
      ],
    },
    {
      heading: 'How to check it',
      paragraphs: [
        'Take audit.csv and manifest.json out of this document (pdfdetach -saveall), fetch the public keys from a place you trust, and run: keyledger audit verify audit.csv --manifest manifest.json --keys keys.json; or give it this document as it is, which shows a change anywhere in it. The guide docs/guides/audit-export.md spells out every format and hash, with a program of a page that needs no code of ours.',
      ],
    },
  ];
}
