import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { createFileArchive } from '../../../src/adapters/archive/file-archive.ts';
import { rejected } from '../../support/rejected.ts';
import { sharedStores } from '../../support/stores.ts';

async function* parts(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function textOf(content: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (content === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return gunzipSync(Buffer.concat(chunks)).toString();
}

describe('file archive', () => {
  const dir = (): string => sharedStores().scratch('archive');

  it('keeps a file with its digest, a folder for each tenant', async () => {
    const at = dir();
    const archive = createFileArchive(at);
    const put = await archive.put('acme', 'run-1.ndjson.gz', parts('one', 'two'));
    const file = readFileSync(join(at, 'acme', 'run-1.ndjson.gz'));
    expect(put).to.deep.equal({ bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') });
    expect(await textOf(await archive.open('acme', 'run-1.ndjson.gz'))).to.equal('onetwo');
    expect(await archive.open('globex', 'run-1.ndjson.gz')).to.equal(undefined);
  });

  it('leaves what was there where the content ends in an error, and nothing unfinished', async () => {
    const at = dir();
    const archive = createFileArchive(at);
    await archive.put('acme', 'run-1', parts('whole'));
    const broken = async function* (): AsyncIterable<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('the source broke');
    };
    expect((await rejected(archive.put('acme', 'run-1', broken()))).message).to.equal('the source broke');
    expect(await textOf(await archive.open('acme', 'run-1'))).to.equal('whole');
    expect(readdirSync(join(at, 'acme'))).to.deep.equal(['run-1']);
  });

  it('takes away what other attempts at a file left', async () => {
    const at = dir();
    const archive = createFileArchive(at);
    for (const name of ['run-1-a', 'run-1-b', 'run-1-c.part', 'run-2-a']) await archive.put('acme', name, parts(name));
    await archive.keepOnly('acme', 'run-1', 'run-1-b');
    expect(readdirSync(join(at, 'acme'))).to.have.members(['run-1-b', 'run-2-a']);
  });

  it('takes no name that leads elsewhere', async () => {
    const archive = createFileArchive(dir());
    for (const name of ['../run', '/etc/passwd', '.hidden', '', 'a/b']) {
      expect((await rejected(archive.open('acme', name))).name, name).to.equal('TypeError');
    }
  });
});
