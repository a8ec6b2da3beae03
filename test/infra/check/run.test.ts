import { expect } from 'chai';
import { runSteps } from '../../../infra/check/run.ts';
import type { Step } from '../../../infra/check/step.ts';
import { lint, types } from '../../../infra/check/tools.ts';
import { checkoutWith, plantedCheckout } from './planted.ts';

const step = (name: string, ...problems: string[]): Step => ({ name, remedy: 'mend it', problems: () => problems });

async function run(...steps: Step[]): Promise<{ readonly ok: boolean; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const ok = await runSteps(steps, checkoutWith({}), (line) => lines.push(line.replace(/\d+\.\d s/, '0.0 s')));
  return { ok, lines };
}

describe('check', () => {
  it('says in one line that a step is ok', async () => {
    const { ok, lines } = await run(step('one'), step('two'));
    expect(lines).to.deep.equal(['ok      one (0.0 s)', 'ok      two (0.0 s)', 'all 2 steps are ok']);
    expect(ok).to.equal(true);
  });

  it('says what failed, what to do and where, and goes on', async () => {
    const { ok, lines } = await run(step('one', 'a.ts: is wrong'), step('two'));
    expect(lines).to.deep.equal([
      'failed  one (0.0 s): mend it',
      '          a.ts: is wrong',
      'ok      two (0.0 s)',
      'failed: one',
    ]);
    expect(ok).to.equal(false);
  });

  it('shows the first of very many problems, and how many more there are', async () => {
    const { lines } = await run(step('one', ...Array.from({ length: 50 }, (_, n) => `${n}`)));
    expect(lines).to.have.length(43);
    expect(lines[41]).to.equal('          and 10 more');
  });

  it('finds what does not compile', async () => {
    const found = await types.problems(plantedCheckout({ 'src/x.ts': "export const x: number = 'text';\n" }));
    expect(found.join()).to.contain('src/x.ts').and.contain('TS2322');
  });

  for (const [what, text] of [
    ['an any', 'export const x: any = 1;\n'],
    ['a default export', 'export default 1;\n'],
    ['a barrel file', "export * from './y.ts';\n"],
    ['a promise nobody waits for', 'async function f(): Promise<void> {}\nexport function g(): void {\n  f();\n}\n'],
    ['a long function', `export function f(): void {\n${'  console.log(1);\n'.repeat(50)}}\n`],
    ['wrong format', 'export const x   = 1\n'],
  ] as const) {
    it(`finds ${what}`, async () => {
      const files = { 'src/x.ts': text, 'src/y.ts': 'export const y = 1;\n' };
      const found = await lint.problems(plantedCheckout(files));
      expect(found.join('\n')).to.contain('src/x.ts').and.not.contain('src/y.ts');
    });
  }
});
