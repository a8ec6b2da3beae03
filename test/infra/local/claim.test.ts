import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { claimDirectory, DirectoryInUse } from '../../../infra/local/claim.ts';
import { sharedStores } from '../../support/stores.ts';

describe('claim of a directory', () => {
  let dir: string;
  const holder = (): string => join(dir, 'holder.json');
  beforeEach(() => {
    dir = sharedStores().scratch('claim');
  });

  it('is refused while it is held, and free afterwards', () => {
    const release = claimDirectory(dir);
    expect(() => claimDirectory(dir)).to.throw(DirectoryInUse, `process ${process.pid}`);
    release();
    claimDirectory(dir)();
    expect(readdirSync(dir)).to.deep.equal([]);
  });

  it('passes over a holder that is gone', () => {
    writeFileSync(holder(), JSON.stringify({ pid: 2 ** 22 + 1, identity: 'gone' }));
    claimDirectory(dir)();
  });

  it('passes over a holder whose pid another process has by now', () => {
    writeFileSync(holder(), JSON.stringify({ pid: process.pid, identity: 'an earlier one' }));
    claimDirectory(dir);
    expect(JSON.parse(readFileSync(holder(), 'utf8'))).to.include({ pid: process.pid });
    expect(JSON.parse(readFileSync(holder(), 'utf8')).identity).not.to.equal('an earlier one');
  });

  it('passes over a claim that a crash cut short', () => {
    writeFileSync(holder(), '{"pid":');
    claimDirectory(dir)();
    expect(existsSync(holder())).to.equal(false);
  });

  it('says that the directory cannot be written', () => {
    expect(() => claimDirectory(join(dir, 'absent'))).to.throw('ENOENT');
  });
});
