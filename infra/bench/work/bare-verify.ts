import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import canonicalize from 'canonicalize';
import { work } from '../in-process.ts';
import type { VerifyAsked } from './audit-verify.ts';

/** Reads the entries of an NDJSON export, makes each canonical and hashes it; nothing is compared. */
work<VerifyAsked>(async ({ file }) => {
  const began = performance.now();
  let entries = 0;
  let last = Buffer.alloc(0);
  for await (const line of createInterface({ input: createReadStream(file, { highWaterMark: 1 << 18 }) })) {
    const { entry } = JSON.parse(line) as { readonly entry?: unknown };
    if (entry === undefined) continue;
    last = createHash('sha256')
      .update(canonicalize(entry) ?? '')
      .digest();
    entries++;
  }
  if (last.length === 0) throw new Error('the export has no entry');
  return { perSecond: entries / ((performance.now() - began) / 1_000) };
});
