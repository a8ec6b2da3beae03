import { z } from 'zod';

/** What an export may be written as. */
export const exportFormats = ['csv', 'ndjson', 'pdf'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What a manifest is signed as. */
export const manifestPurpose = 'audit-export';

const hash = z.base64();
const hex = z.hex();

/** What an export begins with: whose entries, from which on, and chain and tree before them. */
export const ExportStart = z.strictObject({
  tenant: z.string(),
  /** Of the checkpoint: names the log. */
  origin: z.string(),
  /** Index of the first entry. */
  from: z.int().min(0),
  /** Index behind the last entry. */
  size: z.int().min(0),
  /** Value of the chain before the first entry, hex. */
  chainBefore: hex,
  /** Roots of the full subtrees of the entries before the first, largest first, base64. */
  frontier: z.array(hash),
});

/** What is signed about an export. */
export const ExportManifest = z.strictObject({
  kind: z.literal('keyledger/audit-export'),
  v: z.literal(1),
  exportId: z.uuid(),
  format: z.enum(exportFormats),
  requestedBy: z.strictObject({ type: z.string(), id: z.string() }),
  at: z.string(),
  since: z.string().optional(),
  until: z.string().optional(),
  ...ExportStart.shape,
  /** Value of the chain behind the last entry, hex. */
  chainAfter: hex,
  /** Root of the tree of `size` entries, base64. */
  root: hash,
  /** RFC 6962 roots over each `length` of the leaves, base64; the last run may be shorter. */
  segments: z.strictObject({ length: z.int().min(1), roots: z.array(hash) }),
  /** The CSV; of NDJSON, all lines before the manifest's. */
  body: z.strictObject({ bytes: z.int(), sha256: hex }),
  /** Signed note of a tree of at least `size` entries, and that it grows from the root here (RFC 9162), base64. */
  checkpoint: z.strictObject({ size: z.int(), note: z.string(), consistency: z.array(hash) }),
  /** HMAC-SHA-256 over the canonical JSON of all else here, under a key that only the installation has. */
  hmac: hash,
});
export type ExportManifest = z.infer<typeof ExportManifest>;

/** A manifest with its signature by the installation's document key. */
export const SignedManifest = z.strictObject({
  document: ExportManifest,
  purpose: z.literal(manifestPurpose),
  signature: z.record(z.string(), z.unknown()),
});
export type SignedManifest = z.infer<typeof SignedManifest>;

/** First line of an NDJSON export. */
export const HeaderLine = z.strictObject({
  kind: z.literal('header'),
  v: z.literal(1),
  exportId: z.uuid(),
  ...ExportStart.shape,
});

/** Last line of an NDJSON export. */
export const ManifestLine = z.strictObject({ kind: z.literal('manifest'), ...SignedManifest.shape });

/** The first line that belongs to a manifest. */
export function headerOf(manifest: Omit<z.infer<typeof HeaderLine>, 'kind' | 'v'>): z.infer<typeof HeaderLine> {
  const { chainBefore, exportId, from, frontier, origin, size, tenant } = manifest;
  return { kind: 'header', v: 1, exportId, tenant, origin, from, size, chainBefore, frontier };
}
