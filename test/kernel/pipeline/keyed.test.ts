import { expect } from 'chai';
import { v4 as uuid } from 'uuid';
import { z } from 'zod';
import { aggregate } from '../../../src/kernel/aggregate.ts';
import { streamName } from '../../../src/kernel/codec.ts';
import { command } from '../../../src/kernel/command.ts';
import { operation } from '../../../src/kernel/operation.ts';
import type { AnyEndpoint } from '../../../src/kernel/pipeline/answer.ts';
import { reject } from '../../../src/kernel/rejection.ts';
import { openGates, requestInfo, stillClock, testPipeline } from '../../support/pipeline.ts';
import { sharedStores } from '../../support/stores.ts';

const Note = aggregate({
  name: 'test.Note',
  events: { Written: z.object({ noteId: z.string() }) },
  initial: (): { readonly noteId: string } => ({ noteId: '' }),
  evolve: { Written: (_, { noteId }) => ({ noteId }) },
});

const controls = { effect: 'create', permission: 'test.write' } as const;

/** Where it writes is of its own making. */
const create = command({
  name: 'test.create',
  summary: 'Creates',
  input: z.strictObject({}),
  output: z.object({ noteId: z.string() }),
  controls: { ...controls, audit: { action: 'test.create', subject: () => 'new' } },
  aggregate: Note,
  stream: (_, { newId }) => newId('note'),
  decide: (_, __, { newId }) => [Note.events.Written({ noteId: newId('note') })],
  respond: ({ noteId }) => ({ noteId }),
});

const write = command({
  name: 'test.write',
  summary: 'Writes',
  input: z.strictObject({ id: z.string(), refuse: z.boolean().default(false) }),
  output: z.object({}),
  controls: {
    ...controls,
    quota: { meter: 'test.notes', cost: 1 },
    audit: { action: 'test.write', subject: ({ id }) => id },
  },
  aggregate: Note,
  stream: ({ id }) => id,
  rejections: { Refused: 409 },
  decide: (_, { id, refuse }) => (refuse ? reject('Refused') : [Note.events.Written({ noteId: id })]),
  respond: () => ({}),
});

const look = operation({
  name: 'test.look',
  summary: 'Looks',
  input: z.strictObject({ id: z.string() }),
  output: z.object({}),
  controls: { effect: 'read', permission: 'test.look', audit: { action: 'test.look', subject: ({ id }) => id } },
  perform: async () => ({}),
});

describe('a request with an idempotency key', () => {
  let kit: ReturnType<typeof testPipeline>;
  const clock = stillClock();
  const tenant = uuid();
  const alice = { scheme: 'bearer', value: `${tenant}/alice/test.*` } as const;
  const asked: string[] = [];
  const settled: string[] = [];

  before(async () => {
    const { url } = await sharedStores().eventNode();
    kit = testPipeline(url, {
      clock,
      gates: {
        ...openGates,
        reserve: async (_tenant, _meter, _cost, id) => {
          asked.push(id);
          return { allowed: true, limit: 10, used: 0, resetSeconds: 60 };
        },
        commit: async () => void settled.push('commit'),
        release: async () => void settled.push('release'),
      },
    });
  });
  beforeEach(() => {
    asked.length = 0;
    settled.length = 0;
  });
  after(() => kit.close());

  const run = async (endpoint: unknown, input: object, idempotencyKey: string): Promise<unknown> =>
    (await kit.pipeline.execute(endpoint as AnyEndpoint, input, alice, requestInfo({ idempotencyKey }))).body;

  async function subjects(): Promise<readonly unknown[]> {
    const found: unknown[] = [];
    for await (const { data } of kit.log.readStream(streamName('audit.Request', tenant, '2026-01-01'))) {
      found.push(data['subject']);
    }
    return found;
  }

  it('that changes nothing is a fact each time', async () => {
    const [one, other] = [uuid(), uuid()];
    for (const id of [one, other, one]) await run(look, { id }, 'the same');
    expect((await subjects()).slice(-3)).to.deep.equal([one, other, one]);
  });

  it('that is refused is a fact each time', async () => {
    const [one, other] = [uuid(), uuid()];
    for (const id of [one, other, one]) await run(write, { id, refuse: true }, 'the same');
    expect((await subjects()).slice(-3)).to.deep.equal([one, other, one]);
  });

  it('makes another thing a day later, with the same key', async () => {
    const first = await run(create, {}, 'daily');
    expect(await run(create, {}, 'daily')).to.deep.equal(first);
    clock.advance(86_400_000);
    const second = (await run(create, {}, 'daily')) as { noteId: string };
    expect(second).not.to.deep.equal(first);
    expect(await run(create, {}, 'daily')).to.deep.equal(second);
    const written: unknown[] = [];
    for await (const { data } of kit.log.readStream(streamName('test.Note', tenant, second.noteId))) written.push(data);
    expect(written).to.deep.equal([second]);
  });

  it('reserves of a quota for each resource, and takes nothing of it for what was done before', async () => {
    const [one, other] = [uuid(), uuid()];
    for (const id of [one, other, one]) await run(write, { id }, 'metered');
    expect(asked[0]).not.to.equal(asked[1]);
    expect(asked[0]).to.equal(asked[2]);
    expect(settled).to.deep.equal(['commit', 'commit', 'release']);
  });
});
