import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { at, Refusal, readJson } from './files.mjs';

const localNode = at('node_modules', '.bin', 'node');

export function checkNode() {
  const wanted = readJson(at('package.json')).engines.node.replace(/[^\d.]/g, '');
  const number = (version) => version.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0);
  if (number(process.versions.node) >= number(wanted)) return;
  throw new Refusal(
    `this needs Node ${wanted} or newer, and ${process.execPath} is ${process.versions.node}. Install a newer one from https://nodejs.org and try again.`,
  );
}

const runs = (node) => spawnSync(node, ['--version'], { stdio: 'ignore' }).status === 0;

/** Node 24 from the packages, several times faster than Node 20, where it runs. */
export const bestNode = () => (fs.existsSync(localNode) && runs(localNode) ? localNode : process.execPath);

/** The Node that npm itself runs on: inside an npm script, `node` is the packages' one already. */
export const originalNode = () => process.env.npm_node_execpath || process.execPath;

/** A Node of another C library would shadow the working one in every npm script. */
export function dropForeignNode() {
  if (fs.existsSync(localNode) && !runs(localNode)) fs.rmSync(localNode);
}
