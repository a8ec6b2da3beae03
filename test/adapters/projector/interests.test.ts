import { expect } from 'chai';
import { z } from 'zod';
import { Interests, prefixesFor } from '../../../src/adapters/projector/interests.ts';
import { aggregate } from '../../../src/kernel/aggregate.ts';
import type { LogEvent } from '../../../src/kernel/log.ts';
import { projection } from '../../../src/kernel/projection.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { when, whenever } from '../../../src/kernel/when.ts';

const Lamp = aggregate({
  name: 'test.Lamp',
  events: { Lit: z.object({}), Snuffed: z.object({}) },
  initial: () => ({}),
  evolve: { Lit: (state) => state, Snuffed: (state) => state },
});
const table = 'create table t (tenant_id text not null);';
const someOf = new Interests(
  projection({ name: 'test_some', version: 1, table, on: when(Lamp, { Lit: () => [sql`insert`] }) }),
);
const allOf = new Interests(
  projection({ name: 'test_all', version: 1, table, on: whenever((event) => [sql`select ${event.name}`]) }),
);
const stored: LogEvent = {
  id: '00000000-0000-5000-8000-000000000000',
  type: 'other.Thing.Happened',
  data: {},
  metadata: {},
  stream: 'other.Thing-acme.1',
  revision: 0,
  position: 1n,
};

describe('what a projection wants', () => {
  it('is the types it has handlers for', () => {
    expect(someOf.wants('test.Lamp.Lit')).to.equal(true);
    expect(someOf.wants('test.Lamp.Snuffed')).to.equal(false);
    expect(prefixesFor([someOf])).to.deep.equal(['test.Lamp.Lit']);
  });

  it('may be every event there is, whatever its aggregate', () => {
    expect(allOf.wants('other.Thing.Happened')).to.equal(true);
    expect(allOf.statements(stored).map(({ values }) => values)).to.deep.equal([['Happened']]);
    expect(prefixesFor([someOf, allOf])).to.equal(undefined);
  });
});
