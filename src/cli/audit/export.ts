import { createWriteStream } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { exportFormats } from '../../domain/audit/export/manifest.ts';
import { CommandFailed, type Output, outputOf } from '../output.ts';

interface Options {
  readonly url: string;
  readonly format: (typeof exportFormats)[number];
  readonly since?: string;
  readonly until?: string;
  readonly output?: string;
}

/** Milliseconds between two lines of progress. */
const tellEveryMs = 2_000;

/** Adds `audit export`. The credential comes from the environment, where other users of the machine cannot see it. */
export function addExport(program: Command, audit: Command): void {
  audit
    .command('export')
    .description('download an export, and the manifest of a CSV, with the access token in KEYLEDGER_TOKEN')
    .requiredOption('--url <url>', 'where Keyledger is, as its ready line says')
    .addOption(new Option('--format <format>', 'what to write').choices(exportFormats).default('ndjson'))
    .option('--since <instant>', 'the first moment, ISO 8601')
    .option('--until <instant>', 'the moment after the last one')
    .option('--output <file>', 'where to; the name that the answer gives where absent')
    .action(async (options: Options) => {
      if (!isHttp(options.url)) {
        throw new CommandFailed(`--url takes where Keyledger is, such as http://127.0.0.1:7300, not ${options.url}.`);
      }
      const token = process.env['KEYLEDGER_TOKEN'];
      if (!token) throw new CommandFailed('Set KEYLEDGER_TOKEN to an access token that may export the audit.');
      await download(outputOf(program.opts<{ json: boolean }>().json), options, token);
    });
}

async function download(out: Output, options: Options, token: string): Promise<void> {
  const { format, since, until, url } = options;
  const asked = new URLSearchParams({ format, ...(since && { since }), ...(until && { until }) });
  const answer = await get(url, `/api/audit/export?${asked}`, token);
  const { headers } = answer;
  const named = /filename="([\w.-]+)"/.exec(headers.get('content-disposition') ?? '')?.[1];
  const file = options.output ?? basename(named ?? `audit.${format}`);
  const total = Number(headers.get('x-total-count'));
  const bytes = await save(answer, file, progressOf(out, format, total));
  const manifest = format === 'csv' ? `${file}.manifest.json` : undefined;
  if (manifest !== undefined) {
    const described = /<(.*?)>/.exec(headers.get('link') ?? '')?.[1] ?? '';
    await writeFile(manifest, await (await get(url, described, token)).text());
  }
  const how = `keyledger audit verify ${file}${manifest === undefined ? '' : ` --manifest ${manifest}`} --keys KEYS`;
  out.result({ file, manifest, entries: total, bytes }, `${file}: ${total} entries, ${bytes} bytes\n${how}`);
}

async function get(url: string, path: string, token: string): Promise<Response> {
  const answer = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${token}` } }).catch(
    (error: Error) => {
      throw new CommandFailed(`${url} does not answer (${reasonOf(error)}): is Keyledger running there?`);
    },
  );
  if (answer.ok) return answer;
  throw new CommandFailed(`GET ${path} answered ${answer.status}: ${(await answer.text()).slice(0, 500)}`);
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

const reasonOf = ({ cause, message }: Error): string => (cause instanceof Error ? cause.message : message);

/** A file has its name only once it is whole. */
async function save(answer: Response, file: string, watch: Transform): Promise<number> {
  const part = `${file}.part`;
  const sink = createWriteStream(part);
  try {
    await pipeline(Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]), watch, sink);
  } catch (error) {
    await rm(part, { force: true });
    throw new CommandFailed(`The export broke off (${reasonOf(error as Error)}); nothing was kept. Ask for it again.`);
  }
  await rename(part, file);
  return sink.bytesWritten;
}

const newline = 10;

/** Lets everything through and says from time to time how far it is: a line is an entry, but for those about the export itself. */
function progressOf(out: Output, format: Options['format'], total: number): Transform {
  let [bytes, lines, told] = [0, 0, Date.now()];
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) lines++;
      if (Date.now() - told >= tellEveryMs) {
        told = Date.now();
        const entries = Math.min(Math.max(0, lines - 1), total);
        out.progress(format === 'pdf' ? `${bytes} bytes of ${total} entries` : `${entries} of ${total} entries`);
      }
      done(null, chunk);
    },
  });
}
