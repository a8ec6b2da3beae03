import { readFileSync } from 'node:fs';
import { checkCsv, checkNdjson } from '../../../src/cli/audit/check-export.ts';
import { SignedManifest } from '../../../src/domain/audit/export/manifest.ts';
import { TrustedKeys, trustFrom } from '../../../src/domain/audit/export/trust.ts';
import { work } from '../in-process.ts';

/** An export to check. */
export interface VerifyAsked extends Record<string, unknown> {
  readonly file: string;
  readonly keys: string;
  /** Of a CSV. */
  readonly manifest?: string;
}

const json = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

/** Checks an export as `keyledger audit verify` does, timed without the start of the program. */
work<VerifyAsked>(async ({ file, keys, manifest }) => {
  const trust = trustFrom(TrustedKeys.parse(json(keys)));
  const checking = { file, trust, progress: () => undefined };
  const began = performance.now();
  const verdict = await (manifest === undefined
    ? checkNdjson(checking)
    : checkCsv(checking, SignedManifest.parse(json(manifest))));
  const seconds = (performance.now() - began) / 1_000;
  if (verdict.finding !== undefined) throw new Error(`the export is not sound: ${verdict.finding.detail}`);
  return { perSecond: verdict.entries / seconds };
});
