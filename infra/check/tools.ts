import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Step } from './step.ts';

const { resolve } = createRequire(import.meta.url);

function toolOutput(root: string, script: string, args: readonly string[]): readonly string[] {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) return [error.message];
  if (status === 0) return [];
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 0 ? lines : [`ended with status ${status}`];
}

const packageDir = (name: string): string => dirname(resolve(`${name}/package.json`));

export const types: Step = {
  name: 'types',
  remedy: 'mend what the compiler says',
  problems: ({ root }) =>
    toolOutput(root, join(packageDir('typescript'), 'bin', 'tsc'), ['-p', '.', '--noEmit', '--pretty', 'false']),
};

export const lint: Step = {
  name: 'lint and format',
  remedy: 'run "npx biome check --write", and mend what it leaves',
  problems: ({ root }) =>
    toolOutput(root, join(packageDir('@biomejs/biome'), 'bin', 'biome'), ['ci', '--colors=off', '.']),
};
