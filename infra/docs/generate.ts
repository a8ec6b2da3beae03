import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '../../src/http/openapi/document.ts';
import type { AnyAggregate } from '../../src/kernel/aggregate.ts';
import type { Found, Registry } from '../../src/kernel/registry.ts';
import { Request } from '../../src/kernel/request.ts';
import { version } from '../../src/kernel/version.ts';
import { contextFile, contextOf, contextPage } from './context-page.ts';
import { type Contract, contractFile, contractOf } from './contract.ts';
import { decisionsPage } from './decisions.ts';

/** The folders that hold nothing but generated files. */
export const generatedFolders = ['docs/contexts', 'docs/events'] as const;

/** The kernel's own aggregate belongs to the audit, and is found in no room. */
const ofKernel: readonly Found<AnyAggregate>[] = [
  { value: Request as unknown as AnyAggregate, context: 'audit', file: 'src/kernel/request.js' },
];

/** What the rooms declare, with what the kernel adds. */
export const withKernel = (registry: Registry): Registry => ({
  ...registry,
  aggregates: [...registry.aggregates, ...ofKernel],
});

/** All generated files by their path, as they should be. */
export async function generatedFiles(root: string, registry: Registry): Promise<ReadonlyMap<string, string>> {
  const full = withKernel(registry);
  const contexts = [
    ...new Set(
      Object.values(full)
        .flat()
        .map(({ context }) => contextOf(context)),
    ),
  ].sort();
  const openApi = await openApiDocument({ registry, version });
  return new Map([
    ['docs/openapi.json', json(openApi)],
    ['docs/adr/README.md', decisionsPage(root)],
    ...contexts.map((context) => [contextFile(context), contextPage(context, full)] as const),
    ...full.aggregates.map(({ value }) => {
      const file = contractFile(value.name);
      return [file, json(contractOf(value, contractAt(root, file)))] as const;
    }),
  ]);
}

export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function contractAt(root: string, file: string): Contract | undefined {
  const text = textAt(root, file);
  return text === undefined ? undefined : (JSON.parse(text) as Contract);
}

/** The text of a file, or undefined where there is none. */
export function textAt(root: string, file: string): string | undefined {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}
