import { imports, type Plan, type Setting, testOf } from '../plan.ts';
import { wordOf } from '../words.ts';

export function workerPlan({ asked }: Setting): Plan {
  const file = `src/workers/${asked.folder}/${asked.name}.ts`;
  const test = testOf(file);
  const { camel, words } = wordOf(asked.name);
  return {
    files: {
      [file]: `${imports(file, { zod: ['z'], 'src/kernel/worker.ts': ['worker'] })}

const Data = z.object({ id: z.string() });

/** Job to ${words}. It may run more than once, and must come to the same end. */
export const ${camel} = worker({
  queue: '${asked.context}.${asked.name}',
  attempts: 10,
  concurrency: 4,
  process: async (data, { progress }) => {
    Data.parse(data);
    await progress(1, 1);
  },
});
`,
      [test]: `${imports(test, { chai: ['expect'], [file]: [camel], 'src/kernel/worker.ts': ['type WorkerContext'], 'test/support/rejected.ts': ['rejected'] })}

const told: number[][] = [];
const context = { progress: async (...parts: number[]) => void told.push(parts) } as unknown as WorkerContext;

describe('${camel}', () => {
  it('tells when it is done', async () => {
    await ${camel}.process({ id: 'one' }, context);
    expect(told).to.deep.equal([[1, 1]]);
  });

  it('refuses data that is not its own', async () => {
    expect(await rejected(${camel}.process({}, context))).to.have.property('name', 'ZodError');
  });
});
`,
    },
    hints: [`Say in ${file} what the job does. What it finds out, it tells by a command: execute(command, input).`],
  };
}
