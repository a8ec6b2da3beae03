import { gzipSync } from 'node:zlib';
import { v5 as uuidv5 } from 'uuid';
import { archiveSeal } from '../../src/domain/audit/retention/archive-seal.ts';
import { inclusionProof, rangeRoots } from '../../src/kernel/crypto/merkle.ts';
import { commitment } from '../../src/kernel/proof/entry.ts';
import { sha256 } from './exports.ts';
import { someEntries, synthetic, syntheticSalt } from './synthetic-export.ts';

const { key, origin, signer, tenant } = synthetic;
const runId = uuidv5('run', uuidv5.URL);
const base64 = (bytes: Buffer): string => bytes.toString('base64');

/** The lines of an archive of every entry of a log, without a store: head, entries, end. */
export function archivedLines(count: number): readonly string[] {
  const entries = someEntries(count);
  const roots = rangeRoots(entries.map(({ leaf }) => leaf));
  const root = roots(0, count);
  const note = key.note({ origin, root, size: count }, 1_700_000_000);
  const policy = { name: 'all', retentionPeriod: 'P30D' };
  const head = {
    kind: 'keyledger.audit-archive',
    version: 1,
    ...{ tenant, runId, policyId: uuidv5('policy', uuidv5.URL), policy, cutoff: '2026-01-01T00:00:00.000Z' },
    checkpoint: { size: count, root: base64(root), note },
  };
  const lines = entries.map(({ chain, entry, leaf }, index) => ({
    entry,
    leaf: base64(leaf),
    chain: base64(chain),
    proof: inclusionProof(index, count, roots).map(base64),
    salt: syntheticSalt,
    payload: { data: base64(commitment(syntheticSalt, { index })) },
    data: { index },
  }));
  return [head, ...lines, { kind: 'end', entries: count }].map((line) => `${JSON.stringify(line)}\n`);
}

/** The file, and its seal apart. */
export async function sealedArchive(
  lines: readonly string[],
): Promise<{ readonly content: Buffer; readonly seal: Buffer }> {
  const content = gzipSync(lines.join(''));
  return { content, seal: await archiveSeal(signer, runId, { bytes: content.length, sha256: sha256(content) }) };
}
