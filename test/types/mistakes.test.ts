import { expect } from 'chai';
import { z } from 'zod';
import { aggregate } from '../../src/kernel/aggregate.ts';
import { command } from '../../src/kernel/command.ts';
import { projection } from '../../src/kernel/projection.ts';
import { query } from '../../src/kernel/query.ts';
import { reject } from '../../src/kernel/rejection.ts';
import { sql } from '../../src/kernel/sql.ts';
import { when } from '../../src/kernel/when.ts';

interface LampState {
  readonly status: 'absent' | 'on' | 'off';
}

const Lamp = aggregate({
  name: 'demo.Lamp',
  events: { Lit: z.object({ lampId: z.string(), by: z.string().optional() }), Doused: z.object({}) },
  initial: (): LampState => ({ status: 'absent' }),
  evolve: { Lit: () => ({ status: 'on' }), Doused: () => ({ status: 'off' }) },
});

const Door = aggregate({
  name: 'demo.Door',
  events: { Opened: z.object({}) },
  initial: (): { readonly open: boolean } => ({ open: false }),
  evolve: { Opened: () => ({ open: true }) },
});

const base = {
  name: 'demo.lightLamp',
  summary: 'Lights a lamp.',
  route: 'POST /demo/v1/lamps/:lampId/light',
  input: z.strictObject({ lampId: z.string() }),
  output: z.object({ lampId: z.string(), on: z.boolean() }),
  controls: {
    effect: 'change',
    permission: 'demo.lamp.light',
    audit: { action: 'demo.lamp.light', subject: (input: { lampId: string }) => input.lampId },
  },
  aggregate: Lamp,
  stream: (input: { lampId: string }) => input.lampId,
  rejections: { LampIsOn: 409 },
  respond: (lamp: LampState, input: { lampId: string }) => ({ lampId: input.lampId, on: lamp.status === 'on' }),
} as const;

/** Each directive below fails the compilation where its mistake would pass. */
describe('mistakes that do not compile', () => {
  it('takes a well-formed endpoint', () => {
    const light = command({
      ...base,
      decide: (lamp, { lampId }) => (lamp.status === 'on' ? reject('LampIsOn') : [Lamp.events.Lit({ lampId })]),
    });
    expect(light.decide({ status: 'off' }, { lampId: 'a' }, {} as never)).to.deep.equal([
      { aggregate: 'demo.Lamp', name: 'Lit', data: { lampId: 'a' } },
    ]);
  });

  it('an undeclared rejection', () => {
    command({
      ...base,
      // @ts-expect-error 'Nonsense' is not among the rejections
      decide: () => reject('Nonsense'),
    });
  });

  it("another aggregate's event", () => {
    command({
      ...base,
      // @ts-expect-error a lamp's command appends a lamp's events
      decide: () => [Door.events.Opened({})],
    });
  });

  it('a decide that touches the outside', () => {
    command({
      ...base,
      // @ts-expect-error a decision is a value, not a promise
      decide: async ({ status }) => (status === 'on' ? [] : []),
    });
  });

  it('a missing audit declaration', () => {
    command({
      ...base,
      // @ts-expect-error audit is missing
      controls: { effect: 'change', permission: 'demo.lamp.light' },
      decide: () => [],
    });
  });

  it('an entitlement on a removal', () => {
    command({
      ...base,
      // @ts-expect-error removing is never gated by a plan
      controls: { ...base.controls, effect: 'remove', entitlement: 'demo.lamps' },
      decide: () => [],
    });
  });

  it('an entitlement on a query', () => {
    query({
      name: 'demo.getLamp',
      summary: 'Reads a lamp.',
      route: 'GET /demo/v1/lamps/:lampId',
      input: z.strictObject({ lampId: z.string() }),
      output: z.object({ lampId: z.string() }),
      // @ts-expect-error reading is never gated by a plan
      controls: { permission: 'demo.lamp.read', audit: 'none', entitlement: 'demo.lamps' },
      reads: 'demo_lamps',
      run: ({ lampId }) => sql`select * from demo_lamps where lamp_id = ${lampId}`,
      respond: (_rows, { lampId }) => ({ lampId }),
    });
  });

  it('an evolve that misses an event', () => {
    aggregate({
      name: 'demo.Half',
      events: { Begun: z.object({}), Ended: z.object({}) },
      initial: (): number => 0,
      // @ts-expect-error Ended is missing
      evolve: { Begun: () => 1 },
    });
  });

  it('a projection of an unknown event', () => {
    projection({
      name: 'demo_lamps',
      version: 1,
      table: 'create table demo_lamps (tenant_id text not null, lamp_id text)',
      on: when(Lamp, {
        Lit: (e) => [sql`insert into demo_lamps values ('t', ${e.lampId})`],
        // @ts-expect-error a lamp does not explode
        Exploded: () => [],
      }),
    });
  });
});
