import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Registry } from '../../src/kernel/registry.ts';
import { textAt } from '../docs/generate.ts';
import { examplesFile } from './add-example.ts';
import { formatted } from './format.ts';
import type { Plan, Setting } from './plan.ts';
import { type Asked, type Kind, Unusable } from './request.ts';
import { aggregatePlan } from './templates/aggregate.ts';
import { commandPlan } from './templates/command.ts';
import { projectionPlan } from './templates/projection.ts';
import { queryPlan } from './templates/query.ts';
import { reactionPlan } from './templates/reaction.ts';
import { workerPlan } from './templates/worker.ts';

const templates: Readonly<Record<Kind, (setting: Setting) => Plan>> = {
  aggregate: aggregatePlan,
  command: commandPlan,
  query: queryPlan,
  projection: projectionPlan,
  reaction: reactionPlan,
  worker: workerPlan,
};

/**
 * Writes the file and its test below `root`, and returns what was written and what to do next.
 *
 * @throws {Unusable} something of that name is there already, or what it needs is not
 */
export function generate(
  root: string,
  asked: Asked,
  registry: Registry,
): { written: readonly string[]; hints: readonly string[] } {
  const read = (file: string): string | undefined => textAt(root, file);
  const { files, hints } = templates[asked.kind]({ asked, registry, read });
  const changed = new Set([
    ...registry.aggregates.map(({ file }) => file.replace(/\.js$/, '.ts')),
    examplesFile(asked),
  ]);
  const there = Object.keys(files).filter((file) => existsSync(join(root, file)) && !changed.has(file));
  if (asked.kind === 'aggregate' || there.length > 0)
    refuse(root, asked.kind === 'aggregate' ? Object.keys(files) : there);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), formatted(root, file, text));
  }
  return { written: Object.keys(files), hints };
}

function refuse(root: string, files: readonly string[]): void {
  const there = files.filter((file) => existsSync(join(root, file)));
  if (there.length === 0) return;
  throw new Unusable(
    `${there.join(' and ')} ${there.length === 1 ? 'is' : 'are'} there already, and nothing was written.`,
  );
}
