import { imports, type Plan, type Setting, type Subject, subjectNamed, testOf } from '../plan.ts';
import { sampleEvent } from '../sample-event.ts';
import { singularOf, wordOf } from '../words.ts';

export function projectionPlan(setting: Setting): Plan {
  const { asked } = setting;
  const table = `${asked.context}_${asked.name.replaceAll('-', '_')}`;
  const subject = subjectNamed(setting, asked.of ?? singularOf(asked.name));
  const file = `projections/${asked.folder}/${table.replaceAll('_', '-')}.ts`;
  const test = testOf(file);
  const constant = wordOf(table.replaceAll('_', '-')).camel;
  const events = Object.keys(subject.aggregate.schemas);
  return {
    files: {
      [file]: text(file, { constant, table, subject, events }),
      [test]: testText(test, { file, constant, table, subject, events }),
    },
    hints: [
      `Say in ${file} which columns ${table} has, and what each event does to them.`,
      `Then: npm run new -- query ${asked.folder} list-${asked.name}`,
    ],
  };
}

interface Parts {
  readonly constant: string;
  readonly table: string;
  readonly subject: Subject;
  readonly events: readonly string[];
}

function text(file: string, { constant, table, subject, events }: Parts): string {
  const { word } = subject;
  const key = `${word.snake}_id`;
  const wanted = {
    [subject.file]: [word.pascal],
    'src/kernel/projection.ts': ['projection'],
    'src/kernel/sql.ts': ['sql'],
    'src/kernel/when.ts': ['when'],
  };
  const touched = `(_, { tenant, id, at }) => [
      sql\`
        insert into ${table} (tenant_id, ${key}, created_at, updated_at)
        values (\${tenant}, \${id}, \${at}, \${at})
        on conflict (tenant_id, ${key}) do update set updated_at = excluded.updated_at\`,
    ]`;
  return `${imports(file, wanted)}

/** ${table}: one row ${/^[aeiou]/.test(word.words) ? 'an' : 'a'} ${word.words}. */
export const ${constant} = projection({
  name: '${table}',
  version: 1,
  table: \`
    create table ${table} (
      tenant_id text not null,
      ${key} text collate "C" not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      primary key (tenant_id, ${key})
    );\`,
  on: when(${word.pascal}, {
    ${events.map((event) => `${event}: ${touched},`).join('\n    ')}
  }),
});
`;
}

function testText(test: string, { file, constant, table, subject, events }: Parts & { readonly file: string }): string {
  const { word, id } = subject;
  const wanted = {
    chai: ['expect'],
    [file]: [constant],
    [subject.file]: [word.pascal],
    'test/support/read-model.ts': ['readModel'],
  };
  const last = events.at(-1) ?? '';
  return `${imports(test, wanted)}

const ${id} = '5c1d1a8e-3f0b-4b7e-9f1c-2a6f0d9b7e11';

describe('${table}', () => {
  it('has one row a ${word.words}', async () => {
    const model = await readModel(
      [${constant}],
      [
        { id: ${id}, event: ${sampleEvent(subject, events[0] ?? '')} },
        { id: ${id}, event: ${sampleEvent(subject, last)} },
      ],
    );
    expect(await model.rows('${table}')).to.deep.equal([
      {
        ${word.snake}_id: ${id},
        created_at: new Date('2026-01-01T00:00:00.000Z'),
        updated_at: new Date('2026-01-01T00:01:00.000Z'),
      },
    ]);
    await model.close();
  });
});
`;
}
