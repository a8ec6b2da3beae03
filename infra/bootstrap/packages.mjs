import * as fs from 'node:fs';
import { at, Refusal, readJson, readText, sha256, writeStamp } from './files.mjs';
import { dropForeignNode, originalNode } from './node.mjs';
import { step } from './processes.mjs';

const installStamp = at('node_modules', '.keyledger-installed');
const platform = `${process.platform}-${process.arch}`;
const stampNow = () => `${platform} ${sha256(fs.readFileSync(at('package-lock.json')))}`;

/** Whether the packages are those of the lock, for this platform. */
export function installed() {
  const stamp = readText(installStamp);
  if (stamp === stampNow()) return true;
  if ((stamp !== undefined && !stamp.startsWith(`${platform} `)) || !inStep()) return false;
  writeStamp(installStamp, stampNow());
  return true;
}

/** Packages that someone installed by hand count when npm's own record of them agrees with the lock. */
function inStep() {
  const record = readText(at('node_modules', '.package-lock.json'));
  if (record === undefined) return false;
  const have = JSON.parse(record).packages;
  const want = Object.entries(readJson(at('package-lock.json')).packages);
  return want.every(([path, { optional, version }]) => path === '' || optional || have[path]?.version === version);
}

export async function install() {
  fs.rmSync(installStamp, { force: true });
  const options = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const clean = await step('installing the packages, once, some 500 MB', npm('ci', options));
  if (!clean.ok) {
    // npm 11 refuses a good lock whose optional packages for other platforms the registry does not serve.
    const plain = await step('installing the packages another way', npm('install', ['--no-save', ...options]));
    if (!plain.ok) throw new Refusal(`the packages could not be installed. npm says:\n${plain.output || clean.output}`);
  }
  dropForeignNode();
  writeStamp(installStamp, stampNow());
}

/** npm's own script and Node when it runs us, else the one on the PATH. */
function npm(command, options) {
  const script = process.env.npm_execpath;
  if (script && /\.[cm]?js$/.test(script)) return [originalNode(), [script, command, ...options]];
  return ['npm', [command, ...options]];
}
