import { join } from 'node:path';
import { discover } from '../../src/kernel/registry.ts';
import { contexts } from '../check/contexts.ts';
import { repositoryRoot } from '../local/root.ts';
import { generate } from './generate.ts';
import { askedFor, Unusable } from './request.ts';

try {
  const asked = askedFor(process.argv.slice(2), contexts);
  const { written, hints } = generate(repositoryRoot, asked, await discover(join(repositoryRoot, 'dist')));
  for (const file of written) process.stdout.write(`wrote ${file}\n`);
  for (const hint of hints) process.stdout.write(`${hint}\n`);
} catch (error) {
  if (!(error instanceof Unusable)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
