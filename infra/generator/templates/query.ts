import type { Projection } from '../../../src/kernel/projection.ts';
import type { Found } from '../../../src/kernel/registry.ts';
import { examplesFile, withExample } from '../add-example.ts';
import { imports, type Plan, type Setting, type Subject, sourceOf, subjectNamed, testOf } from '../plan.ts';
import { Unusable } from '../request.ts';
import { sampleEvent, someId } from '../sample-event.ts';
import { pluralOf, singularOf, wordOf } from '../words.ts';

interface Parts {
  readonly name: string;
  readonly subject: Subject;
  readonly table: Found<Projection>;
  readonly route: string;
  readonly permission: string;
}

export function queryPlan(setting: Setting): Plan {
  const { asked, registry } = setting;
  const [verb, ...rest] = asked.name.split('-');
  const noun = rest.join('-');
  const list = verb === 'list';
  const subject = subjectNamed(setting, asked.of ?? (list ? singularOf(noun) : noun));
  const things = `/${asked.context}/v1/${pluralOf(subject.word.kebab)}`;
  const route = list ? `GET ${things}` : `GET ${things}/:${subject.id}`;
  const taken = registry.endpoints.find(({ value }) => value.route === route);
  if (taken !== undefined) throw new Unusable(`${route} is the route of ${taken.value.name} already.`);
  const parts = {
    name: `${asked.context}.${wordOf(asked.name).camel}`,
    subject,
    table: tableOf(setting, subject),
    route,
    permission: `${asked.context}.${subject.word.kebab}.read`,
  };
  const file = `queries/${asked.folder}/${asked.name}.ts`;
  const test = testOf(file);
  return {
    files: {
      [file]: (list ? listText : getText)(file, parts),
      [test]: (list ? listTest : getTest)(test, file, parts),
      ...(list ? {} : example(setting, parts)),
    },
    hints: [`Say in ${file} what else it answers, and mend the summary, route and permission.`],
  };
}

function example({ asked, read }: Setting, { name, subject }: Parts): Plan['files'] {
  const file = examplesFile(asked);
  return { [file]: withExample(read(file), name, `{ ${subject.id}: '${someId}' }`) };
}

/** The read model with the aggregate's rows. @throws {Unusable} */
function tableOf({ asked, registry }: Setting, { word }: Subject): Found<Projection> {
  const name = `${asked.context}_${pluralOf(word.snake)}`;
  const found = registry.projections.find(({ value }) => value.name === name);
  const key = `${word.snake}_id`;
  if (found === undefined) {
    const first = `npm run new -- projection ${asked.folder} ${pluralOf(word.kebab)}`;
    throw new Unusable(`There is no read model ${name} to ask. To make it: ${first}`);
  }
  if (!new RegExp(String.raw`\b${key}\b`).test(found.value.table)) {
    throw new Unusable(`${name} has no column ${key}: write this query by hand, after one of its neighbours.`);
  }
  return found;
}

function head(file: string, { subject, name, route }: Parts, summary: string): string {
  const wanted = { zod: ['z'], 'src/kernel/query.ts': ['query'], 'src/kernel/sql.ts': ['sql'] };
  const refusing = route.includes(':') ? { 'src/kernel/rejection.ts': ['reject'] } : {};
  return `${imports(file, { ...wanted, ...refusing })}

const ${subject.word.pascal}Id = z.string().min(1).max(200);

export const ${name.split('.')[1]} = query({
  name: '${name}',
  summary: '${summary}',
  route: '${route}',`;
}

function getText(file: string, parts: Parts): string {
  const {
    subject: { word, id },
    table,
    permission,
  } = parts;
  return `${head(file, parts, `Tells about ${word.one}.`)}
  input: z.strictObject({ ${id}: ${word.pascal}Id }),
  output: z.object({ ${id}: ${word.pascal}Id }),
  controls: { permission: '${permission}', audit: { action: '${permission}', subject: (input) => input.${id} } },
  reads: '${table.value.name}',
  rejections: { ${word.pascal}NotFound: 404 },
  run: ({ ${id} }, { tenant }) =>
    sql\`select ${word.snake}_id from ${table.value.name} where tenant_id = \${tenant} and ${word.snake}_id = \${${id}}\`,
  respond: ([row], { ${id} }) => (row === undefined ? reject('${word.pascal}NotFound', \`There is no ${word.words} \${${id}}.\`) : { ${id} }),
});
`;
}

function listText(file: string, parts: Parts): string {
  const {
    subject: { word, id },
    table,
    permission,
  } = parts;
  const things = wordOf(pluralOf(word.kebab));
  return `${head(file, parts, `Lists ${things.words} by their ids.`)}
  input: z.strictObject({}),
  output: z.object({ ${things.camel}: z.array(z.object({ ${id}: ${word.pascal}Id })) }),
  controls: { permission: '${permission}', audit: 'none' },
  reads: '${table.value.name}',
  page: { by: ['${word.snake}_id'], direction: 'asc', defaultLimit: 100, maxLimit: 1_000 },
  run: (_, { tenant }) => sql\`select ${word.snake}_id from ${table.value.name} where tenant_id = \${tenant}\`,
  respond: (rows) => ({ ${things.camel}: rows.map((row) => ({ ${id}: String(row['${word.snake}_id']) })) }),
});
`;
}

function testHead(test: string, file: string, { subject, name, table }: Parts): string {
  const wanted = {
    chai: ['expect'],
    [sourceOf(table)]: [wordOf(table.value.name.replaceAll('_', '-')).camel],
    [file]: [name.split('.')[1] ?? ''],
    [subject.file]: [subject.word.pascal],
    'test/support/read-model.ts': ['readModel'],
  };
  const [first = ''] = Object.keys(subject.aggregate.schemas);
  return `${imports(test, wanted)}

const ${subject.id} = '${someId}';
const event = ${sampleEvent(subject, first)};
`;
}

const readFrom = ({ table }: Parts, past: string): string =>
  `await readModel([${wordOf(table.value.name.replaceAll('_', '-')).camel}], [${past}])`;

function getTest(test: string, file: string, parts: Parts): string {
  const {
    subject: { word, id },
    name,
  } = parts;
  return `${testHead(test, file, parts)}
describe('${name.split('.')[1]}', () => {
  it('tells about ${word.one}', async () => {
    const model = ${readFrom(parts, `{ id: ${id}, event }`)};
    expect(await model.ask(${name.split('.')[1]}, { ${id} })).to.deep.equal({ ${id} });
    await model.close();
  });

  it('refuses one that is not there', async () => {
    const model = ${readFrom(parts, `{ id: ${id}, event, tenant: 'other' }`)};
    expect(await model.ask(${name.split('.')[1]}, { ${id} })).to.include({ code: '${word.pascal}NotFound' });
    await model.close();
  });
});
`;
}

function listTest(test: string, file: string, parts: Parts): string {
  const {
    subject: { word, id },
    name,
  } = parts;
  const things = wordOf(pluralOf(word.kebab));
  return `${testHead(test, file, parts)}
describe('${name.split('.')[1]}', () => {
  it('lists those of the tenant, and no other’s', async () => {
    const model = ${readFrom(parts, `{ id: ${id}, event }, { id: 'foreign', event, tenant: 'other' }`)};
    expect(await model.ask(${name.split('.')[1]}, {})).to.deep.equal({ ${things.camel}: [{ ${id} }] });
    await model.close();
  });
});
`;
}
