import type { PdfAttachment } from '../../../kernel/pdf.ts';
import type { Ports } from '../../../kernel/ports.ts';
import { bundlePages } from './assertion.ts';
import type { SignedManifest } from './manifest.ts';
import { sealOf } from './seal.ts';

/** What a bundle is made of. */
export interface BundleParts {
  readonly exportId: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly tenantName: string;
  readonly csv: AsyncIterable<Uint8Array>;
  /** Asked for once the CSV has ended. */
  readonly manifest: () => Promise<SignedManifest>;
}

/** The evidence bundle: a PDF with the CSV and its manifest attached, then its pages, and a seal over all of it. */
export async function* bundle(
  { pdf, signer }: Pick<Ports, 'pdf' | 'signer'>,
  { at, csv, exportId, manifest, tenantName }: BundleParts,
): AsyncGenerator<Uint8Array> {
  let signed: SignedManifest | undefined;
  async function* attachments(): AsyncGenerator<PdfAttachment> {
    yield { name: 'audit.csv', mediaType: 'text/csv', description: 'The entries', content: csv };
    signed = await manifest();
    const content = [Buffer.from(`${JSON.stringify(signed, undefined, 2)}\n`)];
    const description = 'What is signed about audit.csv';
    yield { name: 'manifest.json', mediaType: 'application/json', description, content: each(content) };
  }
  yield* pdf({
    title: 'Audit evidence bundle',
    at,
    attachments: attachments(),
    sections: () => (signed === undefined ? [] : bundlePages(signed.document, tenantName)),
    seal: (whole) => sealOf(signer, exportId, whole),
  });
}

async function* each(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}
