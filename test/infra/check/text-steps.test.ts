import { expect } from 'chai';
import { layout } from '../../../infra/check/layout.ts';
import { secrets } from '../../../infra/check/secrets.ts';
import { sizes } from '../../../infra/check/sizes.ts';
import type { Step } from '../../../infra/check/step.ts';
import { wording } from '../../../infra/check/wording.ts';
import { checkoutWith } from './planted.ts';

/** Which of the planted files a step complains of; each name says what is planted. */
const cases: readonly {
  readonly step: Step;
  readonly wrong: Readonly<Record<string, string>>;
  readonly right: Readonly<Record<string, string>>;
}[] = [
  {
    step: sizes,
    wrong: { 'src/kernel/long.ts': 'const a = 1;\n'.repeat(201) },
    right: {
      'src/kernel/airy.ts': 'const a = 1;\n\n'.repeat(200),
      'test/kernel/long.test.ts': 'const a = 1;\n'.repeat(201),
      'docs/long.md': 'word\n'.repeat(300),
    },
  },
  {
    step: layout,
    wrong: {
      'PLAN.md': '',
      'scripts/build.sh': '',
      'commands/rotate-key.ts': '',
      'commands/keys/rotate-key.ts': '',
      'commands/kms/escrow/shares/split-share.ts': '',
      'queries/kms/getKey.ts': '',
      'src/kernel/Pipeline.ts': '',
      'test/commands/kms/turn-key.test.ts': '',
    },
    right: {
      'docs/guides/plan.md': '',
      'commands/kms/rotate-key.ts': '',
      'commands/kms/escrow/split-share.ts': '',
      'src/domain/kms/key.ts': '',
      'test/commands/kms/rotate-key.test.ts': '',
      'test/domain/kms/key.test.ts': '',
      '.ci/run': '',
    },
  },
  {
    step: wording,
    wrong: {
      'src/kernel/note.ts': `// ${'TO'}DO: later`,
      'src/kernel/fix.ts': `// ${'FIX'}ME`,
      'infra/silent.ts': `// biome${'-ignore'} lint/x: because`,
      'src/kernel/loose.ts': `// @ts${'-ignore'}`,
      'test/one.test.ts': `it.on${'ly'}('runs', () => {});`,
      'test/none.test.ts': `describe.sk${'ip'}('runs', () => {});`,
      'test/crossed.test.ts': `x${'it'}('runs', () => {});`,
      'test/inside.test.ts': `this.sk${'ip'}();`,
    },
    right: {
      'src/kernel/fine.ts': 'const todoList = skipped.only;\n',
      'test/types/mistakes.test.ts': `// @ts${'-expect-error'}`,
      'docs/plan.md': `${'TO'}DO`,
    },
  },
  {
    step: secrets,
    wrong: {
      'docs/aws.md': `key ${'AKIA'}Q3EGZ7LKWZXYABCD`,
      'src/kernel/token.ts': `const token = '${'ghp_'}${'a1B2'.repeat(9)}';`,
      'infra/key.yaml': `  -----BEGIN ${'PRIVATE'} KEY-----\n  MC4CAQAwBQ`,
      'README.md': `see ${'/home'}/alice/keyledger`,
      '.env': 'PORT=1',
    },
    right: {
      'docs/aws.md': `key ${'AKIA'}IOSFODNN7EXAMPLE`,
      'src/kernel/pem.ts': `const begin = '-----BEGIN ${'PRIVATE'} KEY-----';`,
      'README.md': 'see https://example.org/home/alice, and the root/ folder',
    },
  },
];

for (const { step, wrong, right } of cases) {
  describe(`check of ${step.name}`, () => {
    it('finds what is planted, each with its file', async () => {
      const problems = await step.problems(checkoutWith(wrong));
      const files = problems.map((problem) => problem.split(':')[0]);
      expect([...new Set(files)].sort()).to.deep.equal(Object.keys(wrong).sort());
    });

    it('finds nothing in what is right', async () => {
      const more = { ...right, ...Object.fromEntries(neighbours(Object.keys(right))) };
      expect(await step.problems(checkoutWith(more))).to.deep.equal([]);
    });
  });
}

/** A test has to stand beside what it tests. */
function neighbours(files: readonly string[]): readonly (readonly [string, string])[] {
  return files
    .filter((file) => /^test\/(commands|domain)\//.test(file))
    .map((file) => [
      file
        .replace(/^test\//, '')
        .replace(/^domain/, 'src/domain')
        .replace('.test', ''),
      '',
    ]);
}
