import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Checkout } from '../../../infra/check/checkout.ts';
import { repositoryRoot } from '../../../infra/local/root.ts';
import { sharedStores } from '../../support/stores.ts';

/** A checkout of nothing but the given files, for checks that read text. */
export function checkoutWith(files: Readonly<Record<string, string>>): Checkout {
  return { root: '/nowhere', files: Object.keys(files).sort(), read: (file) => files[file] ?? '' };
}

/** The same on disk, with this project's packages and settings, for checks that run tools. */
export function plantedCheckout(files: Readonly<Record<string, string>>): Checkout {
  const root = sharedStores().scratch('planted');
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  for (const file of ['package.json', 'tsconfig.json', 'biome.json', '.gitignore'])
    copyFileSync(join(repositoryRoot, file), join(root, file));
  symlinkSync(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'));
  return { ...checkoutWith(files), root };
}
