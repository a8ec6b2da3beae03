import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { decisionsPage } from '../../../infra/docs/decisions.ts';

describe('the list of decisions', () => {
  let root: string;
  const write = (name: string, title: string): void => writeFileSync(join(root, 'docs/adr', name), `# ${title}\n`);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'keyledger-decisions-'));
    mkdirSync(join(root, 'docs/adr'), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('has each by its number and title', () => {
    write('0002-b.md', '2. Later');
    write('0001-a.md', '1. First');
    expect(decisionsPage(root)).to.contain('- 0001 [First](0001-a.md)\n- 0002 [Later](0002-b.md)\n');
  });

  it('refuses two of one number', () => {
    write('0001-a.md', '1. First');
    write('0001-b.md', '1. First too');
    expect(() => decisionsPage(root)).to.throw('docs/adr/0001-b.md has the number of another decision');
  });
});
