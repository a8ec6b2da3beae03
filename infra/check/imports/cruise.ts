import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { packageRules, roomRules } from './rooms.ts';

/** What dependency-cruiser found: how many of our modules it read, how many imports, and which are forbidden. */
export interface Cruised {
  readonly modules: number;
  readonly dependencies: number;
  readonly violations: readonly string[];
}

/**
 * Follows the imports of some folders below a root, types too, and holds them against the table.
 *
 * @param root an absolute path; dependency-cruiser wants to stand in it, so the process does for the time of the call
 */
export async function cruiseImports(root: string, folders: readonly string[]): Promise<Cruised> {
  const { output } = await cruise(
    [...folders],
    {
      baseDir: root,
      ruleSet: { forbidden: [...packageRules, ...roomRules] as never },
      validate: true,
      parser: 'swc',
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '^infra/bench/' },
      outputType: 'json',
    },
    {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  );
  return summary(typeof output === 'string' ? (JSON.parse(output) as ICruiseResult) : output);
}

function summary({ modules, summary: { violations } }: ICruiseResult): Cruised {
  const own = modules.filter(({ source }) => !source.includes('node_modules') && /\.(ts|mjs)$/.test(source));
  return {
    modules: own.length,
    dependencies: own.reduce((sum, { dependencies }) => sum + dependencies.length, 0),
    violations: violations.map(({ from, to, rule }) => `${from}: imports ${to}, but ${rule.name}`),
  };
}
