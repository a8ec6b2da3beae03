import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { discover } from '../../src/kernel/registry.ts';
import { repositoryRoot } from '../local/root.ts';
import { type Contract, contractFile } from './contract.ts';
import { generatedFiles, generatedFolders, json, textAt, withKernel } from './generate.ts';
import { completeGolden, goldenFile, type History } from './golden.ts';

const registry = await discover(join(repositoryRoot, 'dist'));
const files = new Map(await generatedFiles(repositoryRoot, registry));

for (const folder of generatedFolders) {
  const dir = join(repositoryRoot, folder);
  for (const name of existsSync(dir) ? readdirSync(dir) : [])
    if (!files.has(`${folder}/${name}`)) rmSync(join(dir, name));
}
for (const { value } of withKernel(registry).aggregates) {
  const file = goldenFile(value.name);
  const contract = JSON.parse(files.get(contractFile(value.name)) ?? '') as Contract;
  const histories = JSON.parse(textAt(repositoryRoot, file) ?? '[]') as History[];
  files.set(file, json(completeGolden(value, contract, histories)));
}
const written = [...files].filter(([file, text]) => textAt(repositoryRoot, file) !== text);
for (const [file, text] of written) {
  mkdirSync(dirname(join(repositoryRoot, file)), { recursive: true });
  writeFileSync(join(repositoryRoot, file), text);
}
for (const [file] of written) process.stdout.write(`wrote ${file}\n`);
process.stdout.write(`${files.size} generated files are in step\n`);
