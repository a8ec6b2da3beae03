import { expect } from 'chai';
import fc from 'fast-check';
import { bodyLimits, parseJson } from '../../src/http/json/parse.ts';
import { JsonScanner } from '../../src/http/json/scanner.ts';

async function refusalOf(text: string | Buffer): Promise<string> {
  const parsed = await parseJson(Buffer.from(text));
  return 'problem' in parsed ? `${parsed.problem.path}: ${parsed.problem.message}` : 'accepted';
}

function stepsFor(text: string): number {
  const scanner = new JsonScanner(Buffer.from(text), bodyLimits);
  let steps = 1;
  while (!scanner.advance(1)) steps++;
  return steps;
}

/** Values whose numbers the product accepts and whose names are not refused. */
const accepted = fc.jsonValue({ maxDepth: 6, noUnicodeString: false }).filter((value) => {
  const text = JSON.stringify(value);
  return !text.includes('__proto__') && !text.includes('"prototype"') && !/\d{16}|e\+/.test(text);
});

describe('the JSON scanner', () => {
  const refused: readonly [string, string | Buffer, string][] = [
    ['a name given twice', '{"a":{"b":1,"b":2}}', 'a.b: is given twice'],
    ['a name given twice in two spellings', String.raw`{"ab":1,"a\u0062":2}`, 'ab: is given twice'],
    ['__proto__', '{"a":[{"__proto__":{}}]}', 'a.0.__proto__: is a name that is not accepted'],
    ['__proto__ in escapes', String.raw`{"\u005f_proto__":1}`, '__proto__: is a name that is not accepted'],
    [
      'constructor.prototype',
      '{"constructor":{"prototype":1}}',
      'constructor.prototype: is a name that is not accepted',
    ],
    ['a number that is not finite', '{"a":[1,1e400]}', 'a.1: is a number that is not finite'],
    ['an integer beyond 2^53', '{"a":9007199254740992}', 'a: is an integer beyond 2^53; send it as a string'],
    ['a long number', `{"a":0.${'1'.repeat(500)}}`, 'a: is a number of more than 400 characters'],
    ['a lone high surrogate', String.raw`{"a":"\ud800"}`, 'a: has half of a surrogate pair'],
    ['a lone low surrogate', String.raw`{"a":"x\udc00"}`, 'a: has half of a surrogate pair'],
    ['a high surrogate before another escape', String.raw`{"a":"\ud800\n"}`, 'a: has half of a surrogate pair'],
    ['a lone surrogate in a name', String.raw`{"\ud800":1}`, ': has half of a surrogate pair'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), ': is not UTF-8'],
    ['an overlong encoding', Buffer.from([0x22, 0xc0, 0x80, 0x22]), ': is not UTF-8'],
    ['a long name', `{"${'n'.repeat(2_000)}":1}`, ': has a name of more than 1024 bytes'],
    ['a byte order mark', '\ufeff{}', ': is not valid JSON'],
    ['a second value', '{} {}', ': has text after its end'],
    ['a cut document', '{"a":[1', 'a.0: is incomplete JSON'],
    ['a cut string', '{"a":"x', 'a: is incomplete JSON'],
    ['a control character in a string', '{"a":"\n"}', ': is not valid JSON'],
    ['a trailing comma', '{"a":1,}', 'a: is not valid JSON'],
    ['NaN', '{"a":NaN}', 'a: is not valid JSON'],
    ['a wrong closing', '{"a":[1}', 'a.0: is not valid JSON'],
  ];
  for (const [what, text, reason] of refused) {
    it(`refuses ${what}`, async () => expect(await refusalOf(text)).to.equal(reason));
  }

  it('accepts what is just within the limits', async () => {
    expect(await refusalOf(`${'['.repeat(64)}${']'.repeat(64)}`)).to.equal('accepted');
    expect(await refusalOf(`[${'0,'.repeat(9_999)}0]`)).to.equal('accepted');
    expect(await refusalOf('{"a":9007199254740991,"b":-1.5e-7,"constructor":1,"c":{"prototype":1}}')).to.equal(
      'accepted',
    );
    expect(await refusalOf(String.raw`{"a":"\ud83d\ude00","b":"😀","c":"\\"}`)).to.equal('accepted');
  });

  it('refuses depth and number where they pass the limit, after work that does not grow with the rest', () => {
    const deep = stepsFor('['.repeat(200_000));
    expect(deep).to.equal(stepsFor('['.repeat(100)));
    const many = (n: number): string => `{${Array.from({ length: n }, (_, i) => `"k${i}":1`).join(',')}}`;
    expect(stepsFor(many(1_000_000))).to.equal(stepsFor(many(20_000)));
  }).timeout(60_000);

  it('takes fewer steps than the text has bytes, and few for long strings', () => {
    const text = JSON.stringify({ a: 'x'.repeat(1_000_000), b: ['y'.repeat(100_000), 'z'] });
    expect(stepsFor(text)).to.be.lessThan(50);
    fc.assert(
      fc.property(fc.jsonValue(), (value) => stepsFor(JSON.stringify(value)) <= JSON.stringify(value).length + 2),
    );
  });

  it('gives what JSON.parse gives for whatever it accepts', async () => {
    await fc.assert(
      fc.asyncProperty(accepted, async (value) => {
        const text = JSON.stringify(value);
        expect(await parseJson(Buffer.from(text)), text).to.deep.equal({ value: JSON.parse(text) });
      }),
    );
  });

  it('accepts nothing that is not JSON', async () => {
    const text = fc
      .array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"b"', '1', '-', 'true', ' ', '"', '\\', '\\u'))
      .map((t) => t.join(''));
    await fc.assert(
      fc.asyncProperty(text, async (source) => {
        const parsed = await parseJson(Buffer.from(source));
        if ('value' in parsed) expect(JSON.parse(source)).to.deep.equal(parsed.value);
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not care where its work is divided', () => {
    fc.assert(
      fc.property(accepted, fc.integer({ min: 1, max: 7 }), (value, steps) => {
        const scanner = new JsonScanner(Buffer.from(JSON.stringify(value, undefined, 1)), bodyLimits);
        while (!scanner.advance(steps));
        expect(scanner.problem).to.equal(undefined);
      }),
    );
  });

  it('lets others have their turn during a long document', async () => {
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    const spaced = Buffer.from(`[1${' '.repeat(2_000_000)}]`);
    await parseJson(spaced);
    clearInterval(counting);
    expect(turns).to.be.greaterThan(0);
  });

  it('shows none of the values in its reason', async () => {
    const canary = 'hunter2-canary';
    for (const text of [`{"a":${canary}}`, `{"a":"${canary}","a":"${canary}"}`, `"${canary}`, `${canary}`]) {
      expect(await refusalOf(text)).not.to.contain(canary);
    }
  });
});
