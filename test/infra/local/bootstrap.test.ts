import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { repositoryRoot } from '../../../infra/local/root.ts';

/** A checkout in small, with an npm beside it that lays out the real compiler and mocha, and notes how it was called. */
let dir: string;
let npmCalls: string;
const at = (...parts: string[]): string => join(dir, ...parts);

function write(path: string, content: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
}

const npm = `
const fs = require('node:fs');
const command = process.argv[2];
fs.appendFileSync(process.env.NPM_CALLS, command + '\\n');
if ((process.env.NPM_FAILS || '').split(',').includes(command)) { console.error('npm error ' + command); process.exit(1); }
fs.rmSync('node_modules', { recursive: true, force: true });
fs.mkdirSync('node_modules');
for (const name of ['typescript', 'mocha', '@types']) fs.symlinkSync(process.env.PACKAGES + '/' + name, 'node_modules/' + name);
`;

function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    PACKAGES: join(repositoryRoot, 'node_modules'),
    NPM_CALLS: npmCalls,
    npm_execpath: at('npm.cjs'),
    npm_node_execpath: process.execPath,
    ...extra,
  };
}

function bootstrap(args: string[], extra: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [at('infra/bootstrap.mjs'), ...args], {
    cwd: tmpdir(),
    encoding: 'utf8',
    env: environment(extra),
  });
  return { status, stdout, stderr };
}

const calls = (): string[] => (existsSync(npmCalls) ? readFileSync(npmCalls, 'utf8').trim().split('\n') : []);

describe('bootstrap', () => {
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'keyledger-bootstrap-'));
    npmCalls = at('npm-calls');
    cpSync(join(repositoryRoot, 'infra/bootstrap.mjs'), at('infra/bootstrap.mjs'));
    cpSync(join(repositoryRoot, 'infra/bootstrap'), at('infra/bootstrap'), { recursive: true });
    cpSync(join(repositoryRoot, 'tsconfig.json'), at('tsconfig.json'));
    write('package.json', JSON.stringify({ type: 'module', engines: { node: '>=20.19.0' } }));
    write('package-lock.json', JSON.stringify({ packages: { '': {}, 'node_modules/absent': { version: '1.0.0' } } }));
    write('npm.cjs', npm);
    write('src/cli/main.ts', "console.log('up with', ...process.argv.slice(2));\n");
    write('test/one.test.ts', "it('runs', () => { console.log('test one ran'); });\n");
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('installs, builds and starts on a bare clone, and says what it does', () => {
    const { status, stdout, stderr } = bootstrap(['start', '--json']);
    expect(stdout).to.equal('up with up --json\n');
    expect(stderr)
      .to.match(/installing the packages/)
      .and.match(/compiling: done/);
    expect(status).to.equal(0);
    expect(calls()).to.deep.equal(['ci']);
  });

  it('does nothing twice', () => {
    bootstrap(['start']);
    const { stdout, stderr } = bootstrap(['start']);
    expect({ stdout, stderr }).to.deep.equal({ stdout: 'up with up\n', stderr: '' });
    expect(calls()).to.deep.equal(['ci']);
  });

  it('installs again when the lock has changed', () => {
    bootstrap(['prepare']);
    write('package-lock.json', JSON.stringify({ packages: { '': {}, 'node_modules/absent': { version: '2.0.0' } } }));
    bootstrap(['prepare']);
    expect(calls()).to.deep.equal(['ci', 'ci']);
  });

  it('takes packages that were installed by hand when they agree with the lock', () => {
    mkdirSync(at('node_modules'));
    for (const name of ['typescript', 'mocha', '@types']) {
      symlinkSync(join(repositoryRoot, 'node_modules', name), at('node_modules', name));
    }
    write(
      'node_modules/.package-lock.json',
      JSON.stringify({ packages: { 'node_modules/absent': { version: '1.0.0' } } }),
    );
    expect(bootstrap(['start']).status).to.equal(0);
    expect(calls()).to.deep.equal([]);
  });

  it('installs another way when the clean one fails', () => {
    expect(bootstrap(['start'], { NPM_FAILS: 'ci' }).stdout).to.equal('up with up\n');
    expect(calls()).to.deep.equal(['ci', 'install']);
  });

  it("says what npm said when both fail, and doesn't go on", () => {
    const { status, stdout, stderr } = bootstrap(['start'], { NPM_FAILS: 'ci,install' });
    expect(status).to.equal(1);
    expect(stdout).to.equal('');
    expect(stderr).to.contain('the packages could not be installed').and.contain('npm error install');
  });

  it('compiles again when a source has changed', () => {
    bootstrap(['start']);
    write('src/cli/main.ts', "console.log('changed');\n");
    expect(bootstrap(['start']).stdout).to.equal('changed\n');
  });

  it('writes compiled files anew that someone deleted', () => {
    bootstrap(['start']);
    rmSync(at('dist/src'), { recursive: true });
    utimesSync(at('src/cli/main.ts'), new Date(), new Date());
    expect(bootstrap(['start']).stdout).to.equal('up with up\n');
  });

  it('shows the errors of sources that do not compile', () => {
    write('src/cli/main.ts', "const n: number = 'text';\nconsole.log(n);\n");
    const { status, stderr } = bootstrap(['start']);
    expect(status).to.equal(1);
    expect(stderr).to.contain('do not compile').and.contain('src/cli/main.ts');
  });

  it('runs all tests, or those that are named by their sources', () => {
    write('test/two.test.ts', "it('runs', () => { console.log('test two ran'); });\n");
    expect(bootstrap(['test']).stdout)
      .to.contain('test one ran')
      .and.contain('test two ran');
    const { stdout } = bootstrap(['test', 'test/two.test.ts', '--grep', 'runs']);
    expect(stdout).to.contain('test two ran').and.not.to.contain('test one ran');
  });

  it('does not run a compiled test whose source is gone', () => {
    write('test/two.test.ts', "it('runs', () => { console.log('test two ran'); });\n");
    bootstrap(['test']);
    rmSync(at('test/two.test.ts'));
    expect(bootstrap(['test']).stdout)
      .to.contain('test one ran')
      .and.not.to.contain('test two ran');
    expect(existsSync(at('dist/test/two.test.js.map'))).to.equal(false);
  });

  it('keeps the exit status', () => {
    write('src/exit.ts', 'process.exit(7);\n');
    expect(bootstrap(['run', 'dist/src/exit.js']).status).to.equal(7);
    write('test/one.test.ts', "it('fails', () => { throw new Error('x'); });\n");
    expect(bootstrap(['test']).status).to.equal(1);
  });

  it('refuses an old Node in one sentence', () => {
    write('package.json', JSON.stringify({ type: 'module', engines: { node: '>=99.1.0' } }));
    const { status, stderr } = bootstrap(['start']);
    expect(status).to.equal(1);
    expect(stderr).to.match(/^keyledger: this needs Node 99\.1\.0 or newer, .* is \d+\.\d+\.\d+\..*\n$/);
    expect(calls()).to.deep.equal([]);
  });

  it('refuses an unknown command', () => {
    expect(bootstrap(['fly']).stderr)
      .to.contain('there is no command "fly"')
      .and.contain('usage');
  });

  it('prepares once when two start together', async () => {
    const both = ['start', 'start'].map((command) => start([command]));
    expect(await Promise.all(both.map(ended))).to.deep.equal([0, 0]);
    expect(calls()).to.deep.equal(['ci']);
  });

  describe('with a target that runs on', () => {
    beforeEach(() => {
      write(
        'src/cli/main.ts',
        `let count = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => { console.log(signal, ++count); setTimeout(() => process.exit(3), 300); });
setInterval(() => undefined, 1000);
console.log('pid', process.pid);
`,
      );
    });

    it('hands a terminal’s Ctrl-C on once, though it comes twice', async () => {
      const { child, output } = await started();
      process.kill(-(child.pid ?? 0), 'SIGINT');
      child.kill('SIGINT');
      expect(await ended(child)).to.equal(3);
      expect(output()).to.match(/SIGINT 1\n$/);
    });

    it('hands SIGTERM on', async () => {
      const { child, output } = await started();
      child.kill('SIGTERM');
      expect(await ended(child)).to.equal(3);
      expect(output()).to.match(/SIGTERM 1\n$/);
    });

    it('ends with the shell that npm has run it in', async () => {
      const script = '"$0" "$1" start; true';
      const shell = spawn('/bin/sh', ['-c', script, process.execPath, at('infra/bootstrap.mjs')], {
        env: environment({ npm_lifecycle_event: 'start' }),
        detached: true,
      });
      const output = await ready(shell);
      const said = new Promise((resolve) => shell.stdout.on('close', resolve));
      shell.kill('SIGTERM');
      await said;
      expect(output()).to.match(/SIGTERM 1\n/);
    });

    it('takes the target with it when it is killed', async () => {
      const { child, output } = await started();
      const said = new Promise((resolve) => child.stdout?.on('close', resolve));
      child.kill('SIGKILL');
      await said;
      expect(output()).to.match(/SIGTERM 1\n$/);
    });
  });
});

function start(args: string[]): ChildProcess {
  return spawn(process.execPath, [at('infra/bootstrap.mjs'), ...args], { env: environment(), detached: true });
}

const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once('exit', resolve));

async function started(): Promise<{ child: ChildProcess; output: () => string }> {
  const child = start(['start']);
  return { child, output: await ready(child) };
}

/** Waits for the target's first word. @returns what was said up to now */
async function ready(child: ChildProcess): Promise<() => string> {
  let text = '';
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk) => {
      text += String(chunk);
      if (text.includes('pid')) resolve();
    });
  });
  return () => text;
}
