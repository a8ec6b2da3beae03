import { type Checkout, sources, tests } from './checkout.ts';
import { linesThat, type Step } from './step.ts';

const word = (...parts: string[]): string => parts.join('');

/** Written apart, so that this file does not find itself. */
const unfinished = new RegExp(
  String.raw`\b(${word('TO', 'DO')}|${word('FIX', 'ME')}|${word('XX', 'X')}|${word('HA', 'CK')})\b`,
);
const silenced = new RegExp(
  [word('biome', '-ignore'), word('@ts', '-(ignore|expect-error|nocheck)'), word('eslint', '-disable')].join('|'),
);
const partial = new RegExp(
  String.raw`\b(describe|context|it|specify|suite|test)\.(${word('on', 'ly')}|${word('sk', 'ip')})\b|\b(x(it|describe|specify|context))\(|\bthis\.${word('sk', 'ip')}\(`,
);

/** The one place where a wrong line is meant to be wrong: the test that shows what does not compile. */
const showsMistakes = /^test\/types\//;

export const wording: Step = {
  name: 'nothing unfinished, silenced or left out',
  remedy: 'finish it, mend its cause, or run it',
  problems: (checkout: Checkout) => {
    const code = [...sources(checkout), ...tests(checkout)];
    return [
      ...linesThat(checkout, code, unfinished, 'a note of unfinished work'),
      ...linesThat(
        checkout,
        code.filter((file) => !showsMistakes.test(file)),
        silenced,
        'a silenced tool',
      ),
      ...linesThat(checkout, tests(checkout), partial, 'a test that is left out, or leaves out the others'),
    ];
  },
};
