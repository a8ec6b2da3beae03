import { expect } from 'chai';
import { z } from 'zod';
import { type AnyAggregate, aggregate } from '../../src/kernel/aggregate.ts';
import {
  decodeEvent,
  encodeEvent,
  eventId,
  parseStream,
  streamName,
  UnknownEventVersion,
} from '../../src/kernel/codec.ts';
import type { LogEvent } from '../../src/kernel/log.ts';

const Lamp = aggregate({
  name: 'demo.Lamp',
  events: { Lit: z.object({ lampId: z.string(), watts: z.int() }) },
  versions: { Lit: 3 },
  upcasts: {
    Lit: { 1: (data) => ({ ...data, power: 60 }), 2: ({ power, ...data }) => ({ ...data, watts: power }) },
  },
  initial: (): number => 0,
  evolve: { Lit: (_state, { watts }) => watts },
});
const lamp = Lamp as unknown as AnyAggregate;

function stored(data: Record<string, unknown>, schema: number | undefined): LogEvent {
  return {
    id: 'a',
    type: 'demo.Lamp.Lit',
    data,
    metadata: schema === undefined ? {} : { schema, at: '2026-01-01T00:00:00.000Z' },
    stream: 'demo.Lamp-acme.lamp.1',
    revision: 4,
    position: 77n,
  };
}

describe('the event codec', () => {
  it('names streams so that tenant and id come back, dashes and dots included', () => {
    const stream = streamName('demo.Lamp', 'acme-eu', 'a-b.c');
    expect(stream).to.equal('demo.Lamp-acme-eu.a-b.c');
    expect(parseStream(stream)).to.deep.equal({ aggregate: 'demo.Lamp', tenant: 'acme-eu', id: 'a-b.c' });
  });

  it('says nothing of streams that are not ours', () => {
    for (const stream of ['$settings', 'plain', '$$demo', '-a.b'])
      expect(parseStream(stream), stream).to.equal(undefined);
  });

  it('gives a retried command the same event ids, and each event of a command its own', () => {
    const command = '11111111-2222-5333-8444-555555555555';
    expect(eventId(command, 0)).to.equal(eventId(command, 0));
    expect(eventId(command, 0)).to.not.equal(eventId(command, 1));
  });

  it('writes the current schema version into the metadata', () => {
    const event = Lamp.events.Lit({ lampId: 'l', watts: 5 });
    const encoded = encodeEvent(lamp, event, 'id', { tenant: 'acme' } as never);
    expect(encoded).to.include({ id: 'id', type: 'demo.Lamp.Lit' });
    expect(encoded.metadata).to.deep.include({ tenant: 'acme', schema: 3 });
  });

  for (const [version, data] of [
    [undefined, { lampId: 'l' }],
    [1, { lampId: 'l' }],
    [2, { lampId: 'l', power: 60 }],
    [3, { lampId: 'l', watts: 60 }],
  ] as const) {
    it(`reads version ${version ?? 'unstated'} as the current one`, () => {
      expect(decodeEvent(lamp, stored(data, version)).event.data).to.deep.equal({ lampId: 'l', watts: 60 });
    });
  }

  it('stops at a version it does not know', () => {
    expect(() => decodeEvent(lamp, stored({}, 4))).to.throw(UnknownEventVersion, 'position 77');
  });

  it('stops at an event it does not know', () => {
    const unknown = { ...stored({}, 1), type: 'demo.Lamp.Exploded' };
    expect(() => decodeEvent(lamp, unknown)).to.throw(UnknownEventVersion, 'no such event');
  });

  it('gives the fact beside the data', () => {
    const { fact } = decodeEvent(lamp, stored({ lampId: 'l', watts: 1 }, 3));
    expect(fact).to.include({
      id: 'lamp.1',
      tenant: 'acme',
      revision: 4,
      position: 77n,
      at: '2026-01-01T00:00:00.000Z',
    });
  });
});
