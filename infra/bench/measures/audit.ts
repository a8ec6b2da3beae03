import { createReadStream, createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { type Figures, inTurn, percentile } from '../figures.ts';
import { inProcess } from '../in-process.ts';
import { ask, type Instance, startInstance, unlimited } from '../instance.ts';
import { Connection } from '../load/connection.ts';
import type { Context, Measure } from '../measure.ts';
import { peakMiB } from '../memory.ts';
import type { Row } from '../row.ts';
import { headerLines, succeeded } from '../secrets.ts';
import { emptyInstance } from '../synthetic/filled-instance.ts';
import { eventsFor } from '../synthetic/stores.ts';

type Headers = Readonly<Record<string, string>>;

/** An export on disk, with all that checks it. */
interface Saved {
  readonly entries: number;
  readonly ndjson: string;
  readonly csv: string;
  readonly manifest: string;
  readonly keys: string;
}

export const measure: Measure = {
  name: 'audit',
  about: 'proofs, exports and their checks, of many entries that were written past the product',
  async run(context) {
    const dir = join(context.dir, 'keyledger');
    const filled = await emptyInstance(context, dir);
    await filled.grow(eventsFor(context));
    await filled.instance.stop();
    context.say('starting it again, so that its memory is that of an export');
    const instance = await startInstance(dir);
    context.atEnd(() => instance.stop());
    const headers = await unlimited(instance.url, filled.instance.administrator);
    const exported = await exports(context, instance, headers);
    const proofs = await inclusions(context, instance, { headers, entries: exported.saved.entries });
    await instance.stop();
    return [...exported.rows, proofs, ...(await checks(context, exported.saved))];
  },
};

async function exports(
  { dir, say }: Context,
  { pid, url }: Instance,
  headers: Headers,
): Promise<{ readonly saved: Saved; readonly rows: readonly Row[] }> {
  const at = (name: string): string => join(dir, name);
  const seconds: Record<string, number> = {};
  let manifest: Record<string, unknown> = {};
  for (const format of ['ndjson', 'csv'] as const) {
    say(`exporting as ${format}`);
    const began = performance.now();
    const response = await fetch(`${url}/api/audit/export?format=${format}`, { headers });
    if (response.body === null || !response.ok) throw new Error(`the export was answered ${response.status}`);
    const body = Readable.fromWeb(response.body as ReadableStream);
    await pipeline(body, (parts) => followed(parts, say), createWriteStream(at(`audit.${format}`)));
    seconds[format] = (performance.now() - began) / 1_000;
    const path = /<(.*?)>/.exec(response.headers.get('link') ?? '')?.[1] ?? '';
    manifest = await ask(url, 'GET', path, { headers });
  }
  writeFileSync(at('manifest.json'), JSON.stringify(manifest));
  writeFileSync(at('keys.json'), JSON.stringify(await ask(url, 'GET', '/audit/v1/signing-keys', { headers })));
  const { size: entries } = manifest['document'] as { readonly size: number };
  const saved = {
    entries,
    ndjson: at('audit.ndjson'),
    csv: at('audit.csv'),
    manifest: at('manifest.json'),
    keys: at('keys.json'),
  };
  const count = entries.toLocaleString('en');
  const rate = (format: string): Row => {
    return { name: `export of ${count} entries as ${format}`, unit: '/s', ours: entries / (seconds[format] ?? 0) };
  };
  const memory: Row = {
    name: `export of ${count} entries, most memory of the server`,
    unit: 'MiB',
    ours: peakMiB(pid),
    goals: [{ below: 300 }],
  };
  return { saved, rows: [rate('ndjson'), rate('csv'), memory] };
}

/** Tells how far a long export is. */
async function* followed(parts: AsyncIterable<Uint8Array>, say: Context['say']): AsyncGenerator<Uint8Array> {
  let [bytes, told] = [0, 0];
  for await (const part of parts) {
    bytes += part.length;
    yield part;
    if (bytes - told < 200_000_000) continue;
    say(`${Math.round(bytes / 1_000_000)} MB have arrived`);
    told = bytes;
  }
}

/** Proofs over HTTP of entries here and there, one at a time; each is an audited read, written to disk before it is answered. */
async function inclusions(
  { quick, say }: Context,
  { url }: Instance,
  { entries, headers }: { readonly entries: number; readonly headers: Headers },
): Promise<Row> {
  say('asking for inclusion proofs');
  const connection = await Connection.open(url);
  const lines = headerLines(headers);
  const times = quick ? 50 : 500;
  // A server that has just started answers its first requests with code that is not compiled yet: these are not counted, and are of other entries.
  const uncounted = times * 2;
  const taken: number[] = [];
  for (let n = -uncounted; n < times; n++) {
    const place = ((Math.abs(n) * 7_919) % times) + (n < 0 ? 0.5 : 0);
    const index = Math.floor((entries * place) / times);
    const began = performance.now();
    succeeded(await connection.ask('GET', `/audit/v1/proofs/inclusion?index=${index}`, lines));
    if (n >= 0) taken.push(performance.now() - began);
  }
  connection.close();
  const name = `inclusion proof in ${entries.toLocaleString('en')} entries over HTTP`;
  return { name: `${name}, p50`, unit: 'ms', ours: percentile(taken, 0.5), goals: [{ below: 5 }] };
}

async function checks({ rounds, say }: Context, saved: Saved): Promise<readonly Row[]> {
  const { csv, entries, keys, manifest, ndjson } = saved;
  await warm(ndjson);
  await warm(csv);
  const contenders = {
    ndjson: () => inProcess('audit-verify', { file: ndjson, keys }),
    csv: () => inProcess('audit-verify', { file: csv, keys, manifest }),
    bare: () => inProcess('bare-verify', { file: ndjson, keys }),
  };
  const taken = await inTurn(rounds, contenders, (text) => say(`checking: ${text}`));
  const rate = (of: Figures): number => of['perSecond'] ?? Number.NaN;
  const row = (format: 'ndjson' | 'csv'): Row => ({
    name: `audit verify of ${entries.toLocaleString('en')} entries as ${format}`,
    unit: '/s',
    ours: rate(taken[format]),
    floor: { value: rate(taken.bare), of: 'bare loop' },
    goals: [{ atLeast: 0.5, times: 'floor' }],
  });
  return [row('ndjson'), row('csv')];
}

/** Reads a file once, so that no contender is the one that waits for the disk. */
async function warm(file: string): Promise<void> {
  for await (const _ of createReadStream(file));
}
