import { posix } from 'node:path';
import { idSchema, withEvent } from '../add-event.ts';
import { examplesFile, withExample } from '../add-example.ts';
import { type Plan, type Setting, type Subject, subjectNamed, testOf } from '../plan.ts';
import { Unusable } from '../request.ts';
import { someId } from '../sample-event.ts';
import { pastOf, pluralOf, wordOf } from '../words.ts';
import { type CommandParts, commandTestText, commandText } from './command-text.ts';

const creating = new Set(['create', 'register', 'define', 'open', 'issue']);
const removing = new Set(['remove', 'delete', 'destroy', 'revoke', 'close']);

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
      [test]: commandTestText(test, file, parts),
      ...example(setting, parts),
    },
    hints: [
      ...(known ? [] : [`${subject.file} has the new event ${event}: say there what it changes.`]),
      `Say in ${file} what is refused, with a test for each refusal, and mend the summary, route and permission.`,
    ],
  };
}

/** Where the input has a required field. */
function example({ asked, read }: Setting, { effect, name, named, subject }: CommandParts): Plan['files'] {
  const fields = [...(effect === 'create' ? [] : [`${subject.id}: '${someId}'`]), ...(named ? ["name: 'name'"] : [])];
  if (fields.length === 0) return {};
  const file = examplesFile(asked);
  return { [file]: withExample(read(file), name, `{ ${fields.join(', ')} }`) };
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
): Omit<CommandParts, 'named'> {
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
