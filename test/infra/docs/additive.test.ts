import { expect } from 'chai';
import { z } from 'zod';
import { contractBreaks } from '../../../infra/docs/additive.ts';
import { type Contract, contractOf } from '../../../infra/docs/contract.ts';
import type { AnyAggregate } from '../../../src/kernel/aggregate.ts';

function contract(data: z.ZodType, version = 1, before?: Contract): Contract {
  const aggregate = { name: 'demo.Lamp', schemas: { Lit: data }, versions: { Lit: version } };
  return contractOf(aggregate as unknown as AnyAggregate, before);
}

const breaks = (before: z.ZodType, now: z.ZodType): readonly string[] =>
  contractBreaks(contract(before), contract(now));

const lamp = z.object({ lampId: z.string().max(20), colour: z.enum(['red', 'green']), note: z.string().optional() });

describe('changes of an event contract', () => {
  const additions: Readonly<Record<string, z.ZodType>> = {
    nothing: lamp,
    'an optional field': lamp.extend({ by: z.string().optional() }),
    'one value more': lamp.extend({ colour: z.enum(['red', 'green', 'blue']) }),
    'a wider limit': lamp.extend({ lampId: z.string().max(40) }),
    'a limit that is gone': lamp.extend({ lampId: z.string() }),
    'a description': lamp.extend({ lampId: z.string().max(20).describe('the id') }),
  };
  for (const [what, now] of Object.entries(additions)) {
    it(`take ${what}`, () => expect(breaks(lamp, now)).to.deep.equal([]));
  }

  const others: Readonly<Record<string, readonly [z.ZodType, string]>> = {
    'a field that is gone': [lamp.omit({ note: true }), 'note is gone'],
    'a field that is required': [lamp.extend({ by: z.string() }), 'by is required by now'],
    'a required field that may be absent': [
      lamp.extend({ lampId: z.string().max(20).optional() }),
      'lampId may be absent by now',
    ],
    'another type': [lamp.extend({ lampId: z.int() }), 'lampId has another type'],
    'a value that is gone': [lamp.extend({ colour: z.enum(['red']) }), 'colour does not take "green" any more'],
    'a narrower limit': [lamp.extend({ lampId: z.string().max(10) }), 'lampId has a narrower maxLength'],
    'a new limit': [lamp.extend({ note: z.string().max(9).optional() }), 'note has a narrower maxLength'],
    'a new format': [lamp.extend({ lampId: z.uuid().max(20) }), 'lampId has another format'],
    'another constant': [lamp.extend({ colour: z.literal('red') }), 'colour has'],
  };
  for (const [what, [now, sentence]] of Object.entries(others)) {
    it(`refuse ${what}`, () => {
      const found = breaks(lamp, now);
      expect(found.join('\n')).to.contain(`demo.Lamp.Lit version 1: ${sentence}`);
    });
  }

  it('are found in nested objects, lists, records and alternatives', () => {
    const deep = (inner: z.ZodType): z.ZodType =>
      z.object({
        list: z.array(z.object({ inner })),
        record: z.record(z.string(), inner),
        either: z.union([z.object({}), inner]),
      });
    expect(breaks(deep(z.string()), deep(z.string()))).to.deep.equal([]);
    expect(breaks(deep(z.string()), deep(z.int()))).to.deep.equal([
      'demo.Lamp.Lit version 1: list[].inner has another type',
      'demo.Lamp.Lit version 1: record[] has another type',
      'demo.Lamp.Lit version 1: either lost 1 of its alternatives',
    ]);
  });

  it('take one alternative more, and refuse one less', () => {
    const one = z.union([z.string(), z.int()]);
    const more = z.union([z.string(), z.int(), z.null()]);
    expect(breaks(z.object({ one }), z.object({ one: more }))).to.deep.equal([]);
    expect(breaks(z.object({ one: more }), z.object({ one }))).to.have.length(1);
  });

  it('take a new version beside the old one, whose schema stays', () => {
    const before = contract(lamp);
    const now = contract(z.object({ hue: z.string() }), 2, before);
    expect(contractBreaks(before, now)).to.deep.equal([]);
    expect(now.events['Lit']?.versions['1']).to.deep.equal(before.events['Lit']?.versions['1']);
  });

  it('refuse an event that is gone, or an old version', () => {
    const gone: Contract = { aggregate: 'demo.Lamp', events: {} };
    const sentence = 'demo.Lamp.Lit version 1 is gone, and the log still holds it';
    expect(contractBreaks(contract(lamp), gone)).to.deep.equal([sentence]);
    expect(contractBreaks(contract(lamp), contract(lamp, 2))).to.deep.equal([sentence]);
  });
});
