import { join } from 'node:path';
import { discover } from '../../src/kernel/registry.ts';
import { generatedFiles, generatedFolders, textAt } from '../docs/generate.ts';
import type { Step } from './step.ts';

export const generated: Step = {
  name: 'generated files in step',
  remedy: 'run "npm run docs", and commit what it writes',
  async problems({ root, files }) {
    const wanted = await generatedFiles(root, await discover(join(root, 'dist')));
    const differing = [...wanted].flatMap(([file, text]) => {
      const there = textAt(root, file);
      if (there === text) return [];
      return [there === undefined ? `${file}: is missing` : `${file}: differs from what the sources say`];
    });
    const inFolder = (file: string): boolean => generatedFolders.some((folder) => file.startsWith(`${folder}/`));
    const stale = files.filter((file) => inFolder(file) && !wanted.has(file));
    return [...differing, ...stale.map((file) => `${file}: is not generated any more`)];
  },
};
