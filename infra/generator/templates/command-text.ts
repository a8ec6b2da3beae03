import { imports, type Subject } from '../plan.ts';
import { sampleEvent, someId } from '../sample-event.ts';
import { capital, wordOf } from '../words.ts';

/** Everything the text of a command is made of. */
export interface CommandParts {
  readonly subject: Subject;
  readonly name: string;
  readonly effect: 'create' | 'change' | 'remove';
  readonly event: string;
  readonly named: boolean;
  /** Whether the state says that there is nothing yet. */
  readonly tellsAbsence: boolean;
  /** The module that has the id's schema, and the schema's text. */
  readonly idFrom: string | undefined;
  readonly idSchema: string;
  readonly route: string;
  readonly permission: string;
}

export function commandText(file: string, parts: CommandParts): string {
  return `${imports(file, importsOf(parts))}

export const ${parts.name.split('.')[1]} = command({
  name: '${parts.name}',
  summary: '${summaryOf(parts)}',
  route: '${parts.route}',
${parts.effect === 'create' ? creatingBody(parts) : changingBody(parts)}
});
`;
}

const nameSchema = 'z.string().trim().min(1).max(200)';

function creatingBody({ subject: { word, id }, idSchema: schema, event, permission, named }: CommandParts): string {
  return `  status: 201,
  input: z.strictObject({ ${named ? `name: ${nameSchema}` : ''} }),
  output: z.object({ ${id}: ${schema} }),
  controls: {
    effect: 'create',
    permission: '${permission}',
    audit: { action: '${permission}', subject: ${named ? '({ name }) => name' : `() => '${word.kebab}'`} },
  },
  aggregate: ${word.pascal},
  stream: (_, { newId }) => newId(),
  decide: (_, ${named ? '{ name }' : '__'}, { newId }) => [${word.pascal}.events.${event}({ ${id}: newId()${named ? ', name' : ''} })],
  respond: (_, __, { context }) => ({ ${id}: context.newId() }),`;
}

function changingBody(parts: CommandParts): string {
  const {
    subject: { word, id },
    idSchema: schema,
    effect,
    event,
    permission,
    named,
  } = parts;
  const fields = named ? `${id}, name` : id;
  const happened = `[${word.pascal}.events.${event}({ ${fields} })]`;
  const checked = `{
    if (${word.camel}.status === 'absent') return reject('${word.pascal}NotFound', \`There is no ${word.words} \${${id}}.\`);
    return ${happened};
  }`;
  return `  input: z.strictObject({ ${id}: ${schema}${named ? `, name: ${nameSchema}` : ''} }),
  output: z.object({ ${id}: ${schema} }),
  controls: {
    effect: '${effect}',
    permission: '${permission}',
    audit: { action: '${permission}', subject: (input) => input.${id} },
  },
  aggregate: ${word.pascal},
  stream: (input) => input.${id},
${parts.tellsAbsence ? `  rejections: { ${word.pascal}NotFound: 404 },\n` : ''}  decide: (${parts.tellsAbsence ? word.camel : '_'}, { ${fields} }) => ${parts.tellsAbsence ? checked : happened},
  respond: (_, { ${id} }) => ({ ${id} }),`;
}

function summaryOf({ subject, name, effect, event }: CommandParts): string {
  const verb = wordOf((name.split('.')[1] ?? '').replaceAll(/([A-Z])/g, '-$1').toLowerCase()).words;
  if (effect === 'create') return `Makes ${subject.word.one}.`;
  return `${capital(verb)}: writes that ${subject.word.one} was ${wordOf(event.replaceAll(/(?!^)([A-Z])/g, '-$1').toLowerCase()).words}.`;
}

function importsOf({
  subject,
  idFrom,
  idSchema: schema,
  effect,
  tellsAbsence,
}: CommandParts): Record<string, readonly string[]> {
  const domain = { [subject.file]: [subject.word.pascal] };
  if (idFrom !== undefined) domain[idFrom] = [...(domain[idFrom] ?? []), schema];
  return {
    zod: ['z'],
    ...domain,
    'src/kernel/command.ts': ['command'],
    ...(tellsAbsence && effect !== 'create' ? { 'src/kernel/rejection.ts': ['reject'] } : {}),
  };
}

export function commandTestText(test: string, file: string, parts: CommandParts): string {
  const { subject, name, effect, event, named } = parts;
  const { word, id } = subject;
  const constant = name.split('.')[1] ?? '';
  const create = effect === 'create';
  const past =
    create || !parts.tellsAbsence ? '[]' : `[${sampleEvent(subject, Object.keys(subject.aggregate.schemas)[0] ?? '')}]`;
  const fields = [...(create ? [] : [id]), ...(named ? ["name: 'first'"] : [])].join(', ');
  const wanted = imports(test, {
    [file]: [constant],
    [subject.file]: [word.pascal],
    'test/support/scenario.ts': create ? ['given', 'testContext'] : ['given'],
  });
  return `${wanted}

const ${id} = ${create ? 'testContext.newId()' : `'${someId}'`};
const input = { ${fields} };

describe('${constant}', () => {
  it('writes that it happened', () => {
    given(${past})
      .when(${constant}, input)
      .then([${word.pascal}.events.${event}({ ${id}${named ? ", name: 'first'" : ''} })]);
  });

  it('answers the id', () => {
    given(${past}).when(${constant}, input).thenAnswered({ ${id} });
  });
${create || !parts.tellsAbsence ? '' : refusalTest(subject, constant)}});
`;
}

const refusalTest = ({ word }: Subject, constant: string): string => `
  it('refuses ${word.one} that is not there', () => {
    given([]).when(${constant}, input).thenRejected('${word.pascal}NotFound');
  });
`;
