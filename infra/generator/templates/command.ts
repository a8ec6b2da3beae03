import { posix } from 'node:path';
import { idSchema, withEvent } from '../add-event.ts';
import { imports, type Plan, type Setting, type Subject, subjectNamed, testOf } from '../plan.ts';
import { Unusable } from '../request.ts';
import { sampleEvent, someId } from '../sample-event.ts';
import { capital, pastOf, pluralOf, wordOf } from '../words.ts';

const creating = new Set(['create', 'register', 'define', 'open', 'issue']);
const removing = new Set(['remove', 'delete', 'destroy', 'revoke', 'close']);

/** Everything the text of a command is made of. */
interface Parts {
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

export function commandPlan(setting: Setting): Plan {
  const { asked, read } = setting;
  const [verb = '', ...rest] = asked.name.split('-');
  const subject = subjectNamed(setting, asked.of ?? rest.join('-'));
  const about = rest.join('-').replace(new RegExp(`^${subject.word.kebab}-?`), '');
  const event = eventOf(subject, verb, about);
  const source = read(subject.file) ?? '';
  const known = Object.hasOwn(subject.aggregate.schemas, event);
  const parts = { ...partsOf(setting, subject, { verb, about, event }), named: known && takesName(subject, event) };
  const file = `commands/${asked.folder}/${asked.name}.ts`;
  const test = testOf(file);
  return {
    files: {
      ...(known ? {} : { [subject.file]: withEvent(source, subject, event) }),
      [file]: commandText(file, parts),
      [test]: testText(test, file, parts),
    },
    hints: [
      ...(known ? [] : [`${subject.file} has the new event ${event}: say there what it changes.`]),
      `Say in ${file} what is refused, with a test for each refusal, and mend the summary, route and permission.`,
    ],
  };
}

function eventOf({ aggregate, id }: Subject, verb: string, about: string): string {
  const usual = about === '' && (creating.has(verb) ? 'Created' : verb === 'delete' ? 'Removed' : undefined);
  const has = (name: string): boolean => Object.hasOwn(aggregate.schemas, name);
  const event = usual && has(usual) ? usual : wordOf(`${about === '' ? '' : `${about}-`}${pastOf(verb)}`).pascal;
  const schema = aggregate.schemas[event];
  const sample = { [id]: someId };
  if (schema === undefined || schema.safeParse(sample).success || schema.safeParse({ ...sample, name: 'name' }).success)
    return event;
  throw new Unusable(
    `${aggregate.name} has the event ${event} already, and it holds more than ${id} and a name: write this command by hand, after one of its neighbours.`,
  );
}

const takesName = ({ aggregate, id }: Subject, event: string): boolean =>
  aggregate.schemas[event]?.safeParse({ [id]: someId }).success === false;

interface Deed {
  readonly verb: string;
  readonly about: string;
  readonly event: string;
}

function partsOf(
  { asked, registry, read }: Setting,
  subject: Subject,
  { verb, about, event }: Deed,
): Omit<Parts, 'named'> {
  const { word, aggregate, file, id } = subject;
  const effect = about === '' && creating.has(verb) ? 'create' : removing.has(verb) ? 'remove' : 'change';
  const things = `/${asked.context}/v1/${pluralOf(word.kebab)}`;
  const action = about === '' ? verb : `${verb}-${about}`;
  const routes = {
    create: `POST ${things}`,
    change: `POST ${things}/:${id}/${action}`,
    remove: about === '' ? `DELETE ${things}/:${id}` : `POST ${things}/:${id}/${action}`,
  };
  const taken = registry.endpoints.find(({ value }) => value.route === routes[effect]);
  if (taken !== undefined)
    throw new Unusable(`${routes[effect]} is the route of ${taken.value.name} already: choose another verb.`);
  const source = read(file) ?? '';
  const schema = idSchema(source, word.pascal);
  return {
    subject,
    name: `${asked.context}.${wordOf(asked.name).camel}`,
    effect,
    event,
    tellsAbsence: (aggregate.initial() as { status?: unknown } | undefined)?.status === 'absent',
    idFrom: schema === undefined ? undefined : exporterOf(source, file, schema),
    idSchema: schema ?? 'z.string().min(1).max(200)',
    route: routes[effect],
    permission: `${asked.context}.${word.kebab}.${action}`,
  };
}

/** The aggregate's own file, or the one it has the schema from. */
function exporterOf(source: string, file: string, schema: string): string {
  const [, from] = new RegExp(String.raw`import \{[^}]*\b${schema}\b[^}]*\} from '(\.[^']+)'`).exec(source) ?? [];
  return from === undefined ? file : posix.join(posix.dirname(file), from);
}

function commandText(file: string, parts: Parts): string {
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

function creatingBody({ subject: { word, id }, idSchema: schema, event, permission, named }: Parts): string {
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

function changingBody(parts: Parts): string {
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

function summaryOf({ subject, name, effect, event }: Parts): string {
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
}: Parts): Record<string, readonly string[]> {
  const domain = { [subject.file]: [subject.word.pascal] };
  if (idFrom !== undefined) domain[idFrom] = [...(domain[idFrom] ?? []), schema];
  return {
    zod: ['z'],
    ...domain,
    'src/kernel/command.ts': ['command'],
    ...(tellsAbsence && effect !== 'create' ? { 'src/kernel/rejection.ts': ['reject'] } : {}),
  };
}

function testText(test: string, file: string, parts: Parts): string {
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
