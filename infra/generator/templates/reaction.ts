import { imports, type Plan, type Setting, type Subject, sourceOf, testOf } from '../plan.ts';
import { Unusable } from '../request.ts';
import { sampleEvent, someId } from '../sample-event.ts';
import { wordOf } from '../words.ts';

interface Cause {
  readonly subject: Subject;
  readonly event: string;
  /** What is to be done, in kebab-case. */
  readonly deed: string;
}

export function reactionPlan(setting: Setting): Plan {
  const { asked, registry } = setting;
  const cause = causeOf(setting);
  const own = registry.endpoints.find(
    ({ context, file, value }) =>
      value.kind === 'command' && context.split('/')[0] === asked.context && file.endsWith(`/${cause.deed}.js`),
  );
  const file = `src/reactions/${asked.folder}/${asked.name}.ts`;
  const test = testOf(file);
  const effect = own === undefined ? jobOf(asked.context, cause) : dispatchOf(wordOf(cause.deed).camel, cause);
  const needed =
    own === undefined
      ? { 'src/kernel/reaction.ts': ['job', 'reaction'] }
      : { [sourceOf(own)]: [wordOf(cause.deed).camel], 'src/kernel/reaction.ts': ['dispatch', 'reaction'] };
  const known = registry.workers.some(({ value }) => value.queue === `${asked.context}.${cause.deed}`);
  return {
    files: {
      [file]: text(file, { cause, name: asked.name, effect, needed }),
      [test]: testText(test, file, cause, asked.name),
    },
    hints: [
      `Say in ${file} what the effect is told.`,
      ...(own === undefined && !known ? [`Then: npm run new -- worker ${asked.folder} ${cause.deed}`] : []),
    ],
  };
}

const kebab = (pascal: string): string => pascal.replaceAll(/(?!^)([A-Z])/g, '-$1').toLowerCase();

/** Finds the fact in the name: an aggregate and its event, or the event alone where no other aggregate of the context has it. */
function causeOf({ asked, registry }: Setting): Cause {
  const said = asked.name.slice('when-'.length);
  const causes = registry.aggregates.flatMap(({ value, file, context }) => {
    const word = wordOf(kebab(value.name.split('.')[1] ?? ''));
    if (asked.of !== undefined && asked.of !== word.kebab) return [];
    const subject = { word, aggregate: value, file: file.replace(/\.js$/, '.ts'), id: `${word.camel}Id` };
    const ownContext = context.split('/')[0] === asked.context;
    return Object.keys(value.schemas).flatMap((event) => {
      const facts = [
        `${word.kebab}-${kebab(event)}-`,
        ...(ownContext || asked.of !== undefined ? [`${kebab(event)}-`] : []),
      ];
      const fact = facts.find((start) => said.startsWith(start));
      return fact === undefined ? [] : [{ subject, event, deed: said.slice(fact.length), length: fact.length }];
    });
  });
  const [best, second] = causes.sort((one, other) => other.length - one.length);
  if (best === undefined) {
    throw new Unusable(
      `"${asked.name}" names no fact: begin it with when-, an aggregate and one of its events, as when-secret-version-added-tell-owner.`,
    );
  }
  if (second?.length === best.length) {
    throw new Unusable(
      `"${asked.name}" could mean ${best.subject.aggregate.name}.${best.event} and ${second.subject.aggregate.name}.${second.event}: say which with --of.`,
    );
  }
  return best;
}

const jobOf = (context: string, { subject, deed }: Cause): string => `job('${context}.${deed}', { ${subject.id}: id })`;
const dispatchOf = (command: string, { subject }: Cause): string => `dispatch(${command}, { ${subject.id}: id })`;

interface Parts {
  readonly cause: Cause;
  readonly name: string;
  readonly effect: string;
  readonly needed: Readonly<Record<string, readonly string[]>>;
}

function text(file: string, { cause: { subject, event }, name, effect, needed }: Parts): string {
  const wanted = { ...needed, [subject.file]: [subject.word.pascal], 'src/kernel/when.ts': ['when'] };
  return `${imports(file, wanted)}

export const ${wordOf(name).camel} = reaction({
  name: '${name}',
  on: when(${subject.word.pascal}, { ${event}: (_, { id }) => [${effect}] }),
});
`;
}

function testText(test: string, file: string, { subject, event }: Cause, name: string): string {
  const constant = wordOf(name).camel;
  const wanted = {
    chai: ['expect'],
    [file]: [constant],
    [subject.file]: [subject.word.pascal],
    'src/kernel/aggregate.ts': ['type Fact'],
  };
  return `${imports(test, wanted)}

describe('${name}', () => {
  it('has its effect', () => {
    const event = ${sampleEvent(subject, event)};
    const effects = ${constant}.on.flatMap(({ handle }) => handle(event, { id: '${someId}' } as Fact) ?? []);
    expect(effects).to.have.length(1);
  });
});
`;
}
