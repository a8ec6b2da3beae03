import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inflateSync } from 'node:zlib';
import { expect } from 'chai';
import { connectEventLog } from '../../src/adapters/event-log/event-log.ts';
import { connectDatabase } from '../../src/adapters/postgres/database.ts';
import { pruneEntries } from '../../src/domain/audit/retention/pruned-rows.ts';
import type { LogEvent } from '../../src/kernel/log.ts';
import { parseCheckpoint } from '../../src/kernel/proof/checkpoint.ts';
import { parseNote } from '../../src/kernel/proof/signed-note.ts';
import { sql } from '../../src/kernel/sql.ts';
import { newTenant, seeing, sure, type Tenancy } from '../support/audit.ts';
import { check, download, type Exported, fileOf, sha256, trustOf } from '../support/exports.ts';
import { type Instance, type Reply, startInstance } from '../support/instance.ts';

const run = promisify(execFile);
const nasty = '=cmd|" /C calc"!A1\r\n\u001b[31m\u0000\u2028\t,"é';

describe('exports of the audit', function () {
  this.timeout(90_000);
  let instance: Instance;
  let acme: Tenancy;
  let other: Tenancy;
  let trust: ReturnType<typeof trustOf>;
  let written: Reply;

  before(async () => {
    instance = await startInstance();
    [acme, other] = [await newTenant(instance), await newTenant(instance)];
    await sure(other.owner('POST', '/vault/v1/versioned-secrets', { secretId: 'theirs', value: 'two' }));
    for (const target of [nasty, '@SUM(1)', '+1', '-1', "'quoted", '\\u0041', '', 'plain']) {
      written = await sure(acme.owner('POST', '/v1/audit', { action: 'did', target_id: target }));
    }
    trust = trustOf((await sure(acme.owner('GET', '/audit/v1/signing-keys'))).body);
  });
  after(() => instance.stop());

  const exported = (query: string): Promise<Exported> => download(instance, acme.token, query, written.position);
  const manifestOf = async ({ id }: Exported): Promise<Reply['body']> =>
    (await sure(acme.owner('GET', `/api/audit/export/${id}/manifest`))).body;

  it('are CSV with a manifest that public keys alone confirm', async () => {
    const csv = await exported('format=csv');
    expect(csv.status).to.equal(200);
    expect(csv.headers.get('content-disposition')).to.include(`audit-${csv.id}.csv`);
    const manifest = await manifestOf(csv);
    expect(manifest['document']).to.nested.include({
      'body.sha256': sha256(csv.bytes),
      'body.bytes': csv.bytes.length,
    });
    const verdict = await check(csv.bytes, trust, { manifest });
    expect(verdict.finding).to.equal(undefined);
    expect(verdict.entries)
      .to.equal(csv.bytes.toString().split('\r\n').length - 2)
      .and.to.be.greaterThan(8);
  });

  it('have no cell that a spreadsheet takes for a formula, and one line for an entry', async () => {
    const lines = (await exported('format=csv')).bytes.toString().split('\r\n').slice(1, -1);
    const subjects = lines.filter((line) => line.includes('audit.ExternalEvent.Recorded'));
    expect(subjects).to.have.length(8);
    for (const line of lines) {
      expect([...line].filter((char) => char < ' ' || '\u007f\u2028\u2029'.includes(char))).to.deep.equal([]);
      for (const cell of line.split(',')) expect(cell).to.not.match(/^"?[=+\-@]/);
    }
    expect(subjects.join('\n'))
      .to.include(String.raw`\u000d\u000a\u001b[31m`)
      .and.include("'@SUM(1)")
      .and.include("''quoted");
    const ndjson = (await exported('format=ndjson')).bytes.toString();
    expect(ndjson.split(/[\n\u2028\u2029\u0085]/).length).to.equal(ndjson.split('\n').length);
  });

  it('are NDJSON that carries its own manifest', async () => {
    const ndjson = await exported('format=ndjson');
    const lines = ndjson.bytes
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).to.include({ kind: 'header', exportId: ndjson.id, from: 0, tenant: acme.id });
    expect(lines.at(-1)).to.include({ kind: 'manifest' });
    expect({ ...lines.at(-1), kind: undefined }).to.deep.equal({ ...(await manifestOf(ndjson)), kind: undefined });
    const verdict = await check(ndjson.bytes, trust);
    expect(verdict.finding).to.equal(undefined);
    expect(verdict.entries).to.equal(lines.length - 2);
  });

  it('are ranges of the log without gaps, and prove what is before them', async () => {
    const all = await exported('format=ndjson');
    const times = all.bytes
      .toString()
      .split('\n')
      .slice(1, -2)
      .map((line) => String((JSON.parse(line) as { entry: { at: string } }).entry.at));
    const [since, until] = [times[3] ?? '', times.at(-3) ?? ''];
    for (const query of [
      `since=${since}`,
      `until=${until}`,
      `since=${since}&until=${until}`,
      'since=2099-01-01T00:00:00Z',
    ]) {
      const part = await exported(`format=ndjson&${query}`);
      const verdict = await check(part.bytes, trust);
      expect(verdict.finding, query).to.equal(undefined);
      const { from = 0, size = 0 } = verdict.manifest ?? {};
      expect(verdict.entries, query).to.equal(size - from);
      expect(from > 0 || query.startsWith('until'), query).to.equal(true);
      const csv = await exported(`format=csv&${query}`);
      expect((await check(csv.bytes, trust, { manifest: await manifestOf(csv) })).finding, query).to.equal(undefined);
    }
  });

  it('are PDF evidence bundles with the CSV and its manifest in them', async () => {
    const pdf = await exported('format=pdf');
    expect(pdf.headers.get('content-type')).to.equal('application/pdf');
    expect(pdf.bytes.subarray(0, 8).toString()).to.equal('%PDF-1.7');
    const manifest = await manifestOf(pdf);
    const { body } = manifest['document'] as { readonly body: { readonly sha256: string } };
    const csv = attachedTo(pdf.bytes).find((bytes) => sha256(bytes) === body.sha256);
    expect(csv, 'the CSV is attached as it was signed').to.not.equal(undefined);
    expect((await check(csv ?? '', trust, { manifest })).finding).to.equal(undefined);
    const verdict = await check(pdf.bytes, trust);
    expect(verdict).to.deep.include({ finding: undefined, entries: verdict.manifest?.size });
    const other = Buffer.from(pdf.bytes.toString('latin1').replace('(Keyledger)', '(Keyledges)'), 'latin1');
    expect((await check(other, trust)).finding?.detail).to.include('around audit.csv');
    await readsAs(fileOf(pdf.bytes, 'pdf'), ['Audit evidence bundle', 'Management assertion', acme.id, body.sha256]);
  });

  it('are entries themselves: who, what was asked, how large, which sum', async () => {
    const csv = await exported('format=csv&until=2099-01-01T00:00:00Z');
    const then = await sure(acme.owner('POST', '/v1/audit', { action: 'then' }));
    const listed = await sure(
      acme.owner('GET', '/api/audit?type=audit.Export.Recorded&limit=1', undefined, seeing(then)),
    );
    const [entry] = listed.body['entries'] as Record<string, unknown>[];
    expect(entry).to.include({ action: 'audit.export', operation: 'audit.exportEntries', outcome: 'done' });
    const log = connectEventLog(instance.stores.eventStoreUrl);
    const facts: LogEvent[] = [];
    for await (const event of log.readStream(`audit.Export-${acme.id}.${csv.id}`)) facts.push(event);
    await log.close();
    expect(facts.map(({ data }) => data)[0]).to.include({
      bytes: csv.bytes.length,
      sha256: sha256(csv.bytes),
      format: 'csv',
    });
    expect(facts[0]?.metadata['actor']).to.deep.equal(entry?.['actor']);
    const { document } = (await manifestOf(csv)) as { document: Record<string, unknown> };
    expect(document).to.include({ until: '2099-01-01T00:00:00.000Z', format: 'csv' });
  });

  it('show a cut tail and a split view only to who has a checkpoint of his own', async () => {
    const early = await exported('format=ndjson');
    const late = await exported('format=ndjson');
    const { document } = (await manifestOf(late)) as { document: { checkpoint: { note: string } } };
    const outside = parseCheckpoint(parseNote(document.checkpoint.note).text);
    const { size } = (await check(early.bytes, trust)).manifest ?? { size: 0 };
    const verdict = await check(early.bytes, trust, { outside });
    expect(verdict.finding).to.include({ damage: 'cut tail', from: size, to: outside.size - 1 });
    expect((await check(late.bytes, trust, { outside })).finding).to.equal(undefined);
    const split = { size: size - 1, root: Buffer.alloc(32, 1) };
    expect((await check(late.bytes, trust, { outside: split })).finding).to.include({ damage: 're-hashed' });
  });

  it('go on where retention has taken entries', async () => {
    const owner = connectDatabase(instance.stores.databaseOwnerUrl);
    await owner.transaction(async (run) => {
      await run(sql`select set_config('search_path', 'read_models', true)`);
      await run(
        pruneEntries(acme.id, [
          { first: 0, last: 1 },
          { first: 4, last: 4 },
        ]),
      );
    });
    await owner.close();
    const ndjson = await exported('format=ndjson');
    expect(ndjson.bytes.toString().match(/"kind":"pruned"/g)).to.have.length(3);
    expect((await check(ndjson.bytes, trust)).finding).to.equal(undefined);
    const csv = await exported('format=csv');
    const verdict = await check(csv.bytes, trust, { manifest: await manifestOf(csv) });
    expect(verdict).to.deep.include({ finding: undefined, entries: verdict.manifest?.size });
    const [, , second] = csv.bytes.toString().split('\r\n');
    expect(second).to.match(new RegExp(`^,${acme.id},1,{16}[0-9a-f]{64},[0-9a-f]{64}$`));
  });

  it('never hold another tenant’s, and are for those who may export', async () => {
    for (const format of ['csv', 'ndjson']) {
      const { bytes } = await exported(`format=${format}`);
      expect(bytes.toString(), format).to.not.include(other.id).and.not.include('theirs');
    }
    const csv = await exported('format=csv');
    expect((await other.owner('GET', `/api/audit/export/${csv.id}/manifest`)).status).to.equal(404);
    const reader = await acme.somebody('audit.read');
    expect((await reader('GET', '/api/audit/export?format=csv')).status).to.equal(403);
    expect((await exported('format=xml')).status).to.equal(400);
  });
});

/** What is attached to a PDF, whose attachments are streams that say so. */
function attachedTo(pdf: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = pdf.indexOf('/EmbeddedFile'); at >= 0; at = pdf.indexOf('/EmbeddedFile', at + 1)) {
    const begin = pdf.indexOf('stream\n', at) + 'stream\n'.length;
    const end = pdf.indexOf('\nendstream', begin);
    if (pdf.subarray(at, begin).includes('/FlateDecode')) found.push(inflateSync(pdf.subarray(begin, end)));
  }
  return found;
}

/** Poppler reads it, where Poppler is installed. */
async function readsAs(file: string, texts: readonly string[]): Promise<void> {
  try {
    await run('pdftotext', ['-v']);
  } catch {
    console.info('      pdftotext is not installed: the text of the PDF is not read');
    return;
  }
  const { stdout } = await run('pdftotext', ['-layout', file, '-']);
  for (const text of texts) expect(stdout.replaceAll(/\s+/g, ' ')).to.include(text);
  const folder = dirname(file);
  await run('pdfdetach', ['-saveall', '-o', folder, file]);
  expect(readdirSync(folder)).to.include.members(['audit.csv', 'manifest.json']);
  expect(readFileSync(join(folder, 'audit.csv')).length).to.be.greaterThan(0);
}
