import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { type Contract, contractFile, contractOf } from '../../infra/docs/contract.ts';
import { textAt, withKernel } from '../../infra/docs/generate.ts';
import { completeGolden, foldHistory, goldenFile, type History, missingGolden } from '../../infra/docs/golden.ts';
import { repositoryRoot } from '../../infra/local/root.ts';
import { type AnyAggregate, aggregate } from '../../src/kernel/aggregate.ts';
import { discover } from '../../src/kernel/registry.ts';

const read = (file: string): unknown => JSON.parse(readFileSync(join(repositoryRoot, file), 'utf8'));

const { aggregates } = withKernel(await discover(join(repositoryRoot, 'dist')));

describe('golden events', () => {
  for (const { value } of aggregates) {
    describe(`of ${value.name}`, () => {
      it('are there for each event and version; "npm run docs" adds what is missing', () => {
        const histories = JSON.parse(textAt(repositoryRoot, goldenFile(value.name)) ?? '[]') as History[];
        const contract = contractOf(value, read(contractFile(value.name)) as Contract);
        expect(missingGolden(contract, histories)).to.deep.equal([]);
      });

      it('are read by this program and fold to the state they always had', () => {
        for (const { events, state } of read(goldenFile(value.name)) as History[]) {
          expect(foldHistory(value, events)).to.deep.equal(state);
        }
      });
    });
  }
});

describe('golden events of a lamp', () => {
  const first = aggregate({
    name: 'demo.Lamp',
    events: { Lit: z.object({ lampId: z.uuid(), colour: z.enum(['red', 'green']) }), Doused: z.object({}) },
    initial: (): { readonly colours: readonly string[] } => ({ colours: [] }),
    evolve: { Lit: ({ colours }, { colour }) => ({ colours: [...colours, colour] }), Doused: (lamp) => lamp },
  }) as unknown as AnyAggregate;
  const second = aggregate({
    name: 'demo.Lamp',
    events: { Lit: z.object({ lampId: z.uuid(), hue: z.string() }), Doused: z.object({}) },
    initial: (): { readonly colours: readonly string[] } => ({ colours: [] }),
    evolve: { Lit: ({ colours }, { hue }) => ({ colours: [...colours, hue] }), Doused: (lamp) => lamp },
    versions: { Lit: 2 },
    upcasts: { Lit: { 1: ({ colour, ...data }) => ({ ...data, hue: colour }) } },
  }) as unknown as AnyAggregate;

  const before = contractOf(first, undefined);
  const histories = completeGolden(first, before, []);

  it('are sampled from the schemas, once', () => {
    expect(histories).to.have.length(1);
    expect(histories[0]?.events.map(({ event }) => event)).to.deep.equal(['Lit', 'Doused']);
    expect(histories[0]?.state).to.deep.equal({ colours: ['red'] });
    expect(completeGolden(first, before, histories)).to.equal(histories);
  });

  it('stay when a version comes, which needs one of its own', () => {
    const now = contractOf(second, before);
    expect(missingGolden(now, histories)).to.deep.equal([{ event: 'Lit', version: 2 }]);
    const grown = completeGolden(second, now, histories);
    expect(grown.slice(0, 1)).to.deep.equal(histories);
    expect(missingGolden(now, grown)).to.deep.equal([]);
  });

  it('of the old version still fold to the same state, by the upcast', () => {
    expect(foldHistory(second, histories[0]?.events ?? [])).to.deep.equal(histories[0]?.state);
  });

  it('fail without the upcast, or when the event is gone', () => {
    const { upcasts: _, ...without } = second as AnyAggregate & { upcasts?: unknown };
    expect(() => foldHistory(without as AnyAggregate, histories[0]?.events ?? [])).to.throw(
      'has no upcast from version 1',
    );
    const { Lit: __, ...schemas } = first.schemas;
    expect(() => foldHistory({ ...first, schemas }, histories[0]?.events ?? [])).to.throw('knows no such event');
  });
});
