import { imports, type Plan, type Setting, testOf } from '../plan.ts';
import { capital, wordOf } from '../words.ts';

export function aggregatePlan({ asked }: Setting): Plan {
  const { one, pascal, camel, kebab } = wordOf(asked.name);
  const file = `src/domain/${asked.folder}/${kebab}.ts`;
  const test = testOf(file);
  const id = `${camel}Id`;
  return {
    files: {
      [file]: `${imports(file, { zod: ['z'], 'src/kernel/aggregate.ts': ['aggregate'] })}

/** ${capital(one)}'s id. */
export const ${pascal}Id = z.uuid();

/** ${capital(one)}'s name as people see it. */
export const ${pascal}Name = z.string().trim().min(1).max(200);

export interface ${pascal}State {
  readonly status: 'absent' | 'active' | 'removed';
  readonly ${id}: string;
  readonly name: string;
}

/** ${capital(one)}'s life. */
export const ${pascal} = aggregate({
  name: '${asked.context}.${pascal}',
  events: {
    Created: z.object({ ${id}: ${pascal}Id, name: ${pascal}Name }),
    Removed: z.object({ ${id}: ${pascal}Id }),
  },
  initial: (): ${pascal}State => ({ status: 'absent', ${id}: '', name: '' }),
  evolve: {
    Created: (_, e) => ({ ...e, status: 'active' }),
    Removed: (${camel}) => ({ ...${camel}, status: 'removed' }),
  },
});
`,
      [test]: `${imports(test, { chai: ['expect'], [file]: [pascal], 'src/kernel/aggregate.ts': ['type Fact'] })}

const ${id} = '5c1d1a8e-3f0b-4b7e-9f1c-2a6f0d9b7e11';
const fact = {} as Fact;

describe('${pascal}', () => {
  it('is absent at first', () => {
    expect(${pascal}.initial().status).to.equal('absent');
  });

  it('is active once it is created, and removed in the end', () => {
    const created = ${pascal}.evolve.Created(${pascal}.initial(), { ${id}, name: 'first' }, fact);
    expect(created).to.deep.equal({ status: 'active', ${id}, name: 'first' });
    expect(${pascal}.evolve.Removed(created, { ${id} }, fact).status).to.equal('removed');
  });
});
`,
    },
    hints: [
      `Say in ${file} what ${one} holds: its events, its state, and how the one folds into the other.`,
      `Then: npm run new -- command ${asked.folder} create-${kebab}`,
      `When the events stand: npm run docs, which writes their contract and golden events.`,
    ],
  };
}
