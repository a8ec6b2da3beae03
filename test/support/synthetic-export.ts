import { createHash, createHmac } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import { makePdf } from '../../src/adapters/documents/pdf.ts';
import { checked, csvBody, ndjsonBody, Summed } from '../../src/domain/audit/export/body.ts';
import { bundle } from '../../src/domain/audit/export/bundle.ts';
import { type ExportFormat, headerOf, type SignedManifest } from '../../src/domain/audit/export/manifest.ts';
import { ndjsonLine } from '../../src/domain/audit/export/ndjson.ts';
import { type ExportPlan, walkOf } from '../../src/domain/audit/export/plan.ts';
import type { ExportLine, ProvenEntry } from '../../src/domain/audit/export/proven.ts';
import { sealManifest, startOf } from '../../src/domain/audit/export/sealing.ts';
import { segmentLength } from '../../src/domain/audit/export/segments.ts';
import { type Trust, trustFrom } from '../../src/domain/audit/export/trust.ts';
import { appendLeaf, emptyFrontier, frontierRoot, leafHash } from '../../src/kernel/crypto/merkle.ts';
import { createDocumentSigner } from '../../src/kernel/crypto/signing.ts';
import { chainNext, chainOrigin, chainStart, entryOf, leafData } from '../../src/kernel/proof/entry.ts';
import { logKey } from '../../src/kernel/proof/log-signer.ts';
import { testContext } from './scenario.ts';

const { tenant } = testContext;
const origin = `test.example/audit/${tenant}`;
const namespace = '6f1d7f3a-4a0e-5c83-9a52-9d1c3a6c1b57';
const signer = createDocumentSigner({ secret: Buffer.alloc(32, 1) });
const key = logKey(Buffer.alloc(32, 2), 'default');
const sealer = { mac: async () => createHmac('sha256', 'test').digest() } as never;

/** What signs here, and whose log it is. */
export const synthetic = { key, origin, signer, tenant } as const;
/** Of every event here. */
export const syntheticSalt = 'c2FsdA';

/** A log of some entries, without a store. */
export function someEntries(count: number, subjectOf: (index: number) => string = String): readonly ProvenEntry[] {
  let chain = chainStart(chainOrigin(tenant));
  return Array.from({ length: count }, (_, index) => {
    const subject = subjectOf(index);
    const entry = entryOf(index, {
      id: uuidv5(String(index), namespace),
      type: 'vault.Secret.VersionAdded',
      stream: `vault.Secret-${tenant}.${createHash('sha256').update(subject).digest('hex').slice(0, 12)}`,
      revision: index,
      position: BigInt(index * 7),
      data: { index },
      metadata: {
        tenant,
        actor: testContext.actor,
        at: testContext.now,
        operation: 'vault.add',
        action: 'add',
        subject,
        salt: syntheticSalt,
      },
    });
    const leaf = leafHash(leafData(entry));
    chain = chainNext(chain, leaf);
    return { entry, leaf, chain };
  });
}

export interface Synthetic {
  /** The lines of the file, each with its end. */
  readonly lines: readonly string[];
  readonly manifest: SignedManifest;
}

/** Exports entries as the product does. */
export async function syntheticExport(entries: readonly ExportLine[], format: ExportFormat): Promise<Synthetic> {
  const exportId = uuidv5(format, namespace);
  const root = frontierRoot(entries.reduce((tree, { leaf }) => appendLeaf(tree, leaf), emptyFrontier));
  const size = entries.length;
  const plan: ExportPlan = {
    start: { tenant, frontier: emptyFrontier, chain: chainStart(chainOrigin(tenant)) },
    end: size,
    origin,
    segmentLength: segmentLength(size),
    checkpoint: { size, note: key.note({ origin, root, size }, 1_700_000_000), consistency: [] },
  };
  const walk = walkOf(plan);
  const summed = new Summed();
  const pages = checked(paged(entries), walk);
  const header = ndjsonLine(headerOf({ exportId, ...startOf(plan) }));
  const parts: Buffer[] = [];
  for await (const part of format === 'ndjson' ? ndjsonBody(header, pages, summed) : csvBody(pages, summed))
    parts.push(part);
  const asked = { exportId, format, plan };
  const manifest = await sealManifest({ sealer, signer }, testContext, asked, { walk, body: summed.sum });
  if (format === 'ndjson') parts.push(Buffer.from(ndjsonLine({ kind: 'manifest', ...manifest })));
  return {
    lines: Buffer.concat(parts)
      .toString()
      .split(/(?<=\n)/),
    manifest,
  };
}

/** The evidence bundle around a CSV, with the manifest that is given. */
export async function syntheticBundle(csv: Uint8Array, manifest: SignedManifest): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const { exportId } = manifest.document;
  const content = (async function* (): AsyncGenerator<Uint8Array> {
    yield csv;
  })();
  const made = { csv: content, exportId, at: testContext.now, tenantName: 'Acme', manifest: async () => manifest };
  for await (const part of bundle({ pdf: makePdf, signer }, made)) parts.push(part);
  return Buffer.concat(parts);
}

async function* paged(entries: readonly ExportLine[]): AsyncGenerator<readonly ExportLine[]> {
  for (let at = 0; at < entries.length; at += 100) yield entries.slice(at, at + 100);
}

/** The public keys of synthetic exports. */
export async function syntheticTrust(): Promise<Trust> {
  const vkeys = [...key.verifierKeys(origin)];
  return trustFrom({ keys: { ...(await signer.publicKeys()) }, checkpoints: { origin, keys: [{ vkeys }] } });
}

/** Changes an entry, and every hash behind it, as somebody would who can write everything but the signatures. */
export function rehashedFrom(entries: readonly ProvenEntry[], at: number): readonly ProvenEntry[] {
  let chain = at === 0 ? chainStart(chainOrigin(tenant)) : (entries[at - 1]?.chain ?? Buffer.alloc(0));
  return entries.map((proven, index) => {
    if (index < at) return proven;
    const entry = index === at ? { ...proven.entry, subject: `${proven.entry.subject}x` } : proven.entry;
    const leaf = leafHash(leafData(entry));
    chain = chainNext(chain, leaf);
    return { entry, leaf, chain };
  });
}
