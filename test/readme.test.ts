import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { repositoryRoot } from '../infra/local/root.ts';
import { sharedStores } from './support/stores.ts';

const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
const keyledger = join(repositoryRoot, 'dist/src/cli/main.js');

interface Snippet {
  readonly script: string;
  /** JSON documents, one an answer, where the README shows them. */
  readonly shown: readonly unknown[] | undefined;
}

/** The shell blocks of a section, each with the JSON block right behind it. */
function snippetsOf(heading: string): readonly Snippet[] {
  const section = readme.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```\n(?:\n```json\n(.*?)^```\n)?/gms)];
  return blocks.map(([, script = '', json]) => ({ script, shown: json === undefined ? undefined : documents(json) }));
}

/** Several JSON documents one behind the other. */
function documents(text: string): readonly unknown[] {
  return text
    .split(/(?<=^\}|^\{.*\})\n/m)
    .filter((part) => part.trim() !== '')
    .map((part) => JSON.parse(part) as unknown);
}

/** What the README shows must be there and equal; `…` stands for anything. */
function expectShown(shown: unknown, found: unknown, path: string): void {
  if (typeof shown !== 'object' || shown === null) {
    if (shown === '…') expect(found, path).not.to.equal(undefined);
    else expect(found, path).to.equal(shown);
    return;
  }
  if (Array.isArray(shown)) expect(found, path).to.be.an('array').with.length(shown.length);
  for (const [key, value] of Object.entries(shown)) {
    expectShown(value, (found as Readonly<Record<string, unknown>>)[key], `${path}.${key}`);
  }
}

interface Ready {
  readonly msg: 'ready';
  readonly url: string;
  readonly administrator: { readonly email: string; readonly password: string };
}

/** Starts the product as `npm start` does, on a free port and with data of its own. */
async function startProduct(dir: string): Promise<{ readonly child: ChildProcess; readonly ready: Ready }> {
  const env = { ...process.env, KEYLEDGER_DATA_DIR: join(dir, 'data'), PORT: '0', LOG_LEVEL: 'warn' };
  const child = spawn(process.execPath, [keyledger, '--json', 'up'], {
    cwd: dir,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => told.push(text));
  for await (const line of createInterface(child.stdout)) {
    const said = (line.startsWith('{') ? JSON.parse(line) : {}) as Partial<Ready>;
    if (said.msg === 'ready') return { child, ready: said as Ready };
    told.push(line);
  }
  return expect.fail(`it did not start:\n${told.join('\n')}`);
}

function play(snippets: readonly Snippet[], { url, administrator }: Ready, dir: string): readonly string[] {
  const bin = `${JSON.stringify(process.execPath)} ${JSON.stringify(keyledger)}`;
  const scripts = snippets.map(({ script }) => script.replaceAll('npm run --silent keyledger --', bin));
  const played = spawnSync('bash', ['-euo', 'pipefail', '-c', scripts.join("\nprintf '\\036'\n")], {
    cwd: dir,
    env: { ...process.env, URL: url, EMAIL: administrator.email, PASSWORD: administrator.password },
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (played.status !== 0) expect.fail(`ended with ${played.status}: ${played.stderr}\n${played.stdout}`);
  return played.stdout.split('\x1e');
}

describe('README', function () {
  this.timeout(120_000);

  it('names commands and files that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...readme.matchAll(/npm (?:run (?:--silent )?([\w:]+)|(start|test))/g)].map(
      ([, run, word]) => run ?? word,
    );
    expect(Object.keys(scripts)).to.include.members(named);
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link);
    for (const link of links) expect(() => readFileSync(join(repositoryRoot, link)), link).not.to.throw(/ENOENT/);
  });

  it('shows in five minutes what really happens', async () => {
    const snippets = snippetsOf('Five minutes');
    expect(snippets.length).to.be.greaterThan(7);
    if (spawnSync('curl', ['--version']).error !== undefined) {
      process.stdout.write('    curl is missing, so the snippets of the README are not played\n');
      return;
    }
    const dir = sharedStores().scratch('readme');
    const { child, ready } = await startProduct(dir);
    try {
      const outputs = play(snippets, ready, dir);
      for (const [index, { shown, script }] of snippets.entries()) {
        const lines = (outputs[index] ?? '').trim().split('\n');
        if (shown === undefined) continue;
        expect(lines, script).to.have.length(shown.length);
        for (const [at, document] of shown.entries()) expectShown(document, JSON.parse(lines[at] ?? ''), script);
      }
      expect(outputs.at(-1)?.trim()).to.match(/^valid: /);
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  });
});
