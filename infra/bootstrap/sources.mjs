import * as fs from 'node:fs';
import { relative } from 'node:path';
import { at, filesBelow, Refusal, readJson, readText, sha256, writeStamp } from './files.mjs';
import { bestNode } from './node.mjs';
import { step } from './processes.mjs';

const buildStamp = at('dist', '.keyledger-built');

/** What the compiled files depend on: each source with its size and time, and the compiler's settings. */
function sourcesHash() {
  const parts = [...sources(), at('tsconfig.json'), at('package-lock.json')].map((path) => {
    const { size, mtimeMs } = fs.statSync(path);
    return `${relative(at(), path)} ${size} ${mtimeMs}`;
  });
  return sha256(parts.join('\n'));
}

function sources() {
  const { include, exclude = [] } = readJson(at('tsconfig.json'));
  const skip = new Set(exclude.map((path) => at(path)));
  return include
    .flatMap((dir) => filesBelow(at(dir), skip))
    .filter((path) => /\.[cm]?ts$/.test(path) && !path.endsWith('.d.ts'));
}

/** Whether the compiled files are those of the sources. */
export const built = () => readText(buildStamp) === sourcesHash();

export async function build() {
  const hash = sourcesHash();
  fs.rmSync(buildStamp, { force: true });
  const outputs = new Set(sources().map(outputOf));
  dropStale(outputs);
  await compile();
  if ([...outputs].some((path) => !fs.existsSync(path))) {
    // The compiler's record takes files for written that someone has deleted since.
    fs.rmSync(at('dist', '.tsbuildinfo'), { force: true });
    await compile();
  }
  writeStamp(buildStamp, hash);
}

async function compile() {
  const { ok, output } = await step('compiling', [bestNode(), [at('node_modules/typescript/bin/tsc'), '-p', at()]]);
  if (!ok) throw new Refusal(`the sources do not compile:\n${output}`);
}

const outputOf = (source) => at('dist', relative(at(), source).replace(/ts$/, 'js'));

/** A compiled test whose source is gone must not run. */
function dropStale(outputs) {
  for (const path of filesBelow(at('dist'))) {
    const compiled = path.replace(/\.map$/, '');
    if (/\.[cm]?js$/.test(compiled) && !outputs.has(compiled)) fs.rmSync(path);
  }
}
