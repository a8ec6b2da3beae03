import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { repositoryRoot } from '../../infra/local/root.ts';
import { newTenant, sure, type Tenancy } from '../support/audit.ts';
import { download, fileOf } from '../support/exports.ts';
import { type Instance, type Reply, startInstance } from '../support/instance.ts';

const run = promisify(execFile);
const guide = readFileSync(join(repositoryRoot, 'docs/guides/audit-export.md'), 'utf8');
const program = /^```js\n(.*?)^```$/ms.exec(guide)?.[1] ?? '';

describe('the guide to audit exports', function () {
  this.timeout(60_000);
  let instance: Instance;
  let acme: Tenancy;
  let written: Reply;
  let check: string;
  let keys: string;

  before(async () => {
    instance = await startInstance();
    acme = await newTenant(instance);
    for (const target of ['=1+1', 'it\'s, "quoted"\r\n\u2028', 'plain \\u0041', '+', "'"]) {
      written = await sure(acme.owner('POST', '/v1/audit', { action: 'did', target_id: target }));
    }
    check = fileOf(program, 'mjs');
    keys = fileOf(JSON.stringify((await sure(acme.owner('GET', '/audit/v1/signing-keys'))).body), 'json');
  });
  after(() => instance.stop());

  const exported = (query: string): ReturnType<typeof download> =>
    download(instance, acme.token, query, written.position);
  const manifestOf = async (id: string): Promise<string> =>
    fileOf(JSON.stringify((await sure(acme.owner('GET', `/api/audit/export/${id}/manifest`))).body), 'json');
  const checked = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run(process.execPath, [check, ...args]);
    return stdout;
  };
  const refused = (...args: readonly string[]): Promise<string> =>
    checked(...args).then(
      (out) => `accepted: ${out}`,
      (error: { readonly stderr: string }) => /Error: NOT valid: .*/.exec(error.stderr)?.[0] ?? error.stderr,
    );

  it('has a program of standard libraries alone', () => {
    const imported = [...program.matchAll(/from '(.*?)'/g)].map(([, from]) => from);
    expect(imported).to.deep.equal(['node:crypto', 'node:fs']);
    expect(program).to.not.match(/\brequire\b|\bimport\(/);
  });

  it('has a program that confirms exports, whole and in part', async () => {
    const whole = await exported('format=ndjson');
    expect(await checked(fileOf(whole.bytes, 'ndjson'), keys)).to.match(/^valid: \d+ entries of /);
    const csv = await exported('format=csv');
    expect(await checked(fileOf(csv.bytes, 'csv'), keys, await manifestOf(csv.id))).to.match(/^valid: \d+ entries/);
    const times = [...whole.bytes.toString().matchAll(/"at":"(.*?)"/g)].map(([, time = '']) => time);
    const part = await exported(`format=ndjson&since=${times[2]}&until=${times.at(-1)}`);
    expect(await checked(fileOf(part.bytes, 'ndjson'), keys)).to.match(/^valid: \d+ entries/);
  });

  it('has a program that refuses what was changed', async () => {
    const text = (await exported('format=ndjson')).bytes.toString();
    const lines = text.split(/(?<=\n)/);
    const cases: readonly (readonly [string, RegExp])[] = [
      [text.replace('"action":"audit.append"', '"action":"audit.upend"'), /is not what its leaf says/],
      [lines.toSpliced(3, 1).join(''), /entry 2 is another one/],
      [lines.toSpliced(-2, 1).join(''), /the manifest tells of/],
      [text.replace('"format":"ndjson"', '"format":"csv"'), /Ed25519 signature of the manifest/],
    ];
    for (const [changed, why] of cases) expect(await refused(fileOf(changed, 'ndjson'), keys)).to.match(why);
    const others = fileOf(readFileSync(keys, 'utf8').replaceAll('sig-', 'gis-'), 'json');
    expect(await refused(fileOf(text, 'ndjson'), others)).to.match(/no trusted key/);
  });
});
