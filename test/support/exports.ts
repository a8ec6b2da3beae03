import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Checking, checkCsv, checkNdjson, type Verdict } from '../../src/cli/audit/check-export.ts';
import { checkPdf } from '../../src/cli/audit/check-pdf.ts';
import { SignedManifest } from '../../src/domain/audit/export/manifest.ts';
import { type Trust, TrustedKeys, trustFrom } from '../../src/domain/audit/export/trust.ts';
import type { Instance } from './instance.ts';
import { sharedStores } from './stores.ts';

/** An export as it came over HTTP. */
export interface Exported {
  readonly id: string;
  readonly status: number;
  readonly bytes: Buffer;
  readonly headers: Headers;
}

/** Asks for an export, as bytes. */
export async function download({ url }: Instance, token: string, query: string, waitFor?: string): Promise<Exported> {
  const response = await fetch(`${url}/api/audit/export?${query}`, {
    headers: { authorization: `Bearer ${token}`, ...(waitFor && { 'x-wait-for-position': waitFor }) },
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status >= 500) throw new Error(`the export was answered ${response.status}: ${bytes.toString()}`);
  const [, id = ''] = /export\/([\w-]+)\/manifest/.exec(response.headers.get('link') ?? '') ?? [];
  return { id, status: response.status, bytes, headers: response.headers };
}

/** Writes a file for a check to read, in a folder of its own. */
export function fileOf(bytes: Uint8Array | string, extension: string): string {
  const file = join(sharedStores().scratch('export'), `export.${extension}`);
  writeFileSync(file, bytes);
  return file;
}

export const trustOf = (body: unknown): Trust => trustFrom(TrustedKeys.parse(body));

/** Checks bytes as `keyledger audit verify` does. */
export function check(
  bytes: Uint8Array | string,
  trust: Trust,
  more: { readonly manifest?: unknown; readonly outside?: Checking['outside'] } = {},
): Promise<Verdict> {
  const { manifest, outside } = more;
  const isPdf = Buffer.from(bytes.slice(0, 5)).toString() === '%PDF-';
  const file = fileOf(bytes, 'export');
  const checking: Checking = { file, trust, outside, progress: () => undefined };
  const alone = isPdf ? checkPdf : checkNdjson;
  const checked = manifest === undefined ? alone(checking) : checkCsv(checking, SignedManifest.parse(manifest));
  return checked.finally(() => rmSync(dirname(file), { recursive: true }));
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
