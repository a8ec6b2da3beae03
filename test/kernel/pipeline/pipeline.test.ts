import { expect } from 'chai';
import { v4 as uuid } from 'uuid';
import { z } from 'zod';
import { aggregate } from '../../../src/kernel/aggregate.ts';
import { streamName } from '../../../src/kernel/codec.ts';
import { command } from '../../../src/kernel/command.ts';
import { Secret } from '../../../src/kernel/crypto/secret.ts';
import type { LogEvent } from '../../../src/kernel/log.ts';
import { operation } from '../../../src/kernel/operation.ts';
import type { Answer } from '../../../src/kernel/pipeline/answer.ts';
import { reject } from '../../../src/kernel/rejection.ts';
import { openGates, requestInfo, stillClock, testPipeline, testPorts } from '../../support/pipeline.ts';
import { sharedStores } from '../../support/stores.ts';

interface CounterState {
  readonly total: number;
}

const Counter = aggregate({
  name: 'test.Counter',
  events: { Added: z.object({ by: z.int() }), Marked: z.object({ note: z.unknown() }) },
  initial: (): CounterState => ({ total: 0 }),
  evolve: { Added: (state, { by }) => ({ total: state.total + by }), Marked: (state) => state },
});

const add = command({
  name: 'test.add',
  summary: 'Adds',
  input: z.strictObject({ id: z.string(), by: z.int(), max: z.int().optional() }),
  output: z.object({ total: z.int() }),
  controls: {
    effect: 'change',
    permission: 'test.add',
    entitlement: 'test.counting',
    quota: { meter: 'test.additions', cost: 2 },
    billable: 'test.addition',
    audit: { action: 'test.add', subject: ({ id }) => id },
  },
  aggregate: Counter,
  stream: ({ id }) => id,
  rejections: { TooMuch: 409 },
  decide: (counter, { by, max }) => {
    if (max !== undefined && counter.total + by > max) return reject('TooMuch', undefined, { total: counter.total });
    return by === 0 ? [] : [Counter.events.Added({ by })];
  },
  respond: ({ total }) => ({ total }),
});

const look = operation({
  name: 'test.look',
  summary: 'Looks',
  input: z.strictObject({ id: z.string() }),
  output: z.object({ total: z.int() }),
  controls: { effect: 'read', permission: 'test.look', audit: { action: 'test.look', subject: ({ id }) => id } },
  aggregate: Counter,
  stream: ({ id }) => id,
  rejections: { Empty: 404 },
  perform: async ({ total }) => (total === 0 ? reject('Empty') : { total }),
});

const alice = { scheme: 'bearer', value: 'acme/alice/test.*' } as const;

describe('the pipeline', () => {
  let url: string;
  let kit: ReturnType<typeof testPipeline>;
  before(async function () {
    this.timeout(30_000);
    url = (await sharedStores().eventNode()).url;
    kit = testPipeline(url);
  });
  after(() => kit.close());

  const run = (input: unknown, info = requestInfo(), pipeline = kit.pipeline): Promise<Answer> =>
    pipeline.execute(add, input, alice, info);

  async function stream(name: string): Promise<LogEvent[]> {
    const events: LogEvent[] = [];
    for await (const event of kit.log.readStream(name)) events.push(event);
    return events;
  }
  const counter = (id: string): Promise<LogEvent[]> => stream(streamName('test.Counter', 'acme', id));
  const facts = async (id: string): Promise<Record<string, unknown>[]> =>
    (await stream('audit.Request-acme.2026-01-01'))
      .map(({ data, type }) => ({ type, ...data }))
      .filter((fact) => (fact as { subject?: string }).subject === id);

  it('appends what a command decides, with who, what, when and why beside it', async () => {
    const id = uuid();
    const info = requestInfo({ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' });
    const answer = await run({ id, by: 3 }, info);
    expect(answer).to.deep.include({ status: 200, body: { total: 3 } });
    const [event] = await counter(id);
    expect(answer.position).to.equal(event?.position);
    expect(event?.data).to.deep.equal({ by: 3 });
    expect(event?.metadata).to.deep.include({
      tenant: 'acme',
      actor: { type: 'user', id: 'alice' },
      at: '2026-01-01T00:00:00.000Z',
      operation: 'test.add',
      action: 'test.add',
      subject: id,
      billable: 'test.addition',
      meter: 'test.additions',
      units: 2,
      requestId: info.requestId,
      $correlationId: info.requestId,
      traceparent: info.traceparent,
      source: '127.0.0.1',
      userAgent: 'test',
      schema: 1,
    });
  });

  it('appends nothing for input it does not accept, and names every field', async () => {
    const id = uuid();
    const answer = await run({ id, by: 'three', tenantId: 'other', status: 1 });
    expect(answer.status).to.equal(400);
    expect(answer.rejection?.issues?.map(({ path }) => path)).to.have.members(['by', 'tenantId', 'status']);
    expect(await counter(id)).to.deep.equal([]);
    expect(await facts(id)).to.deep.equal([]);
  });

  it('answers 401 without a credential or with one that is not accepted', async () => {
    expect((await kit.pipeline.execute(add, {}, undefined, requestInfo())).status).to.equal(401);
    const bad = { scheme: 'bearer', value: 'nonsense' } as const;
    expect((await kit.pipeline.execute(add, {}, bad, requestInfo())).status).to.equal(401);
  });

  it('denies without the permission, and keeps the denial as a fact', async () => {
    const id = uuid();
    const bob = { scheme: 'bearer', value: 'acme/bob/test.look' } as const;
    const answer = await kit.pipeline.execute(add, { id, by: 1 }, bob, requestInfo());
    expect(answer).to.deep.include({ status: 403 });
    expect(await facts(id)).to.deep.equal([
      {
        type: 'audit.Request.Denied',
        operation: 'test.add',
        action: 'test.add',
        subject: id,
        status: 403,
        code: 'PermissionDenied',
      },
    ]);
  });

  it('keeps a refusal as a fact, with the code and the facts in the answer', async () => {
    const id = uuid();
    const answer = await run({ id, by: 5, max: 4 });
    expect(answer).to.deep.include({ status: 409 });
    expect(answer.rejection).to.deep.include({ code: 'TooMuch', facts: { total: 0 } });
    expect(await facts(id)).to.deep.include.members([
      {
        type: 'audit.Request.Refused',
        operation: 'test.add',
        action: 'test.add',
        subject: id,
        status: 409,
        code: 'TooMuch',
      },
    ]);
  });

  it('keeps an answered read as a fact before the answer leaves, and a look at nothing as a denial', async () => {
    const id = uuid();
    const eve = { scheme: 'bearer', value: 'acme/eve/test.*' } as const;
    expect((await kit.pipeline.execute(look, { id }, eve, requestInfo())).status).to.equal(404);
    await run({ id, by: 2 });
    const answer = await kit.pipeline.execute(look, { id }, eve, requestInfo());
    expect(answer).to.deep.include({ status: 200, body: { total: 2 } });
    expect((await facts(id)).map(({ type, status }) => [type, status])).to.deep.equal([
      ['audit.Request.Denied', 404],
      ['audit.Request.Answered', 200],
    ]);
  });

  it('cannot be made to see another tenant', async () => {
    const id = uuid();
    await run({ id, by: 2 });
    const other = { scheme: 'bearer', value: 'umbrella/alice/*' } as const;
    expect((await kit.pipeline.execute(look, { id }, other, requestInfo())).status).to.equal(404);
  });

  it('answers an accepted command that changes nothing, as a fact and not as an event', async () => {
    const id = uuid();
    expect(await run({ id, by: 0 })).to.deep.include({ status: 200, body: { total: 0 } });
    expect(await counter(id)).to.deep.equal([]);
    expect((await facts(id)).map(({ type }) => type)).to.deep.equal(['audit.Request.Answered']);
  });

  it('does a keyed command once, whoever answers, and says the same again', async () => {
    const id = uuid();
    const info = requestInfo({ idempotencyKey: 'k1' });
    const first = await run({ id, by: 2 }, info);
    const again = await run({ id, by: 2 }, info);
    expect(again).to.deep.include({ status: 200, body: { total: 2 }, position: first.position });
    await run({ id, by: 1 });
    const elsewhere = testPipeline(url, { ports: { ...testPorts(kit.log, stillClock()) } });
    // Another process has another MAC key in this test, so it can only tell that the key was used.
    const other = await run({ id, by: 2 }, info, elsewhere.pipeline);
    expect(other).to.deep.include({ status: 422 });
    await elsewhere.close();
    expect(await counter(id)).to.have.length(2);
  });

  it('refuses a key with another body, and keeps routes, callers and tenants apart', async () => {
    const id = uuid();
    const info = requestInfo({ idempotencyKey: 'k2' });
    await run({ id, by: 2 }, info);
    expect(await run({ id, by: 3 }, info)).to.deep.include({ status: 422 });
    const bob = { scheme: 'bearer', value: 'acme/bob/test.*' } as const;
    expect(await kit.pipeline.execute(add, { id, by: 3 }, bob, info)).to.deep.include({ body: { total: 5 } });
  });

  it('tells one of two processes that a key means something else there, at the same time', async () => {
    const ports = testPorts(kit.log, stillClock());
    const both = [testPipeline(url, { ports }), testPipeline(url, { ports })];
    for (let round = 0; round < 10; round++) {
      const id = uuid();
      const info = requestInfo({ idempotencyKey: id });
      const answers = await Promise.all(both.map(({ pipeline }, n) => run({ id, by: n + 1 }, info, pipeline)));
      expect(answers.map(({ status }) => status)).to.have.members([200, 422]);
      expect(await counter(id)).to.have.length(1);
    }
    await Promise.all(both.map(({ close }) => close()));
  });

  it('forgets a key after a day', async () => {
    const id = uuid();
    const clock = stillClock();
    const later = testPipeline(url, { clock });
    const info = requestInfo({ idempotencyKey: 'k3' });
    await run({ id, by: 2 }, info, later.pipeline);
    clock.advance(86_400_001);
    const anew = await run({ id, by: 2 }, info, later.pipeline);
    const again = await run({ id, by: 2 }, info, later.pipeline);
    await later.close();
    expect([anew.body, again.body]).to.deep.equal([{ total: 4 }, { total: 4 }]);
    expect(new Set((await counter(id)).map((event) => event.id)).size).to.equal(2);
  });

  it('lets fifty writers of two processes have their turn, with no revision lost', async function () {
    this.timeout(30_000);
    const id = uuid();
    const second = testPipeline(url);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        run({ id, by: 1 }, requestInfo(), n % 2 === 0 ? kit.pipeline : second.pipeline),
      ),
    );
    await second.close();
    const done = answers.filter(({ status }) => status === 200);
    const events = await counter(id);
    expect(events.map(({ revision }) => revision)).to.deep.equal(events.map((_, index) => index));
    expect(done).to.have.length(events.length);
    expect(new Set(done.map(({ body }) => (body as CounterState).total)).size).to.equal(done.length);
    expect(answers.every(({ status }) => status === 200 || status === 409)).to.equal(true);
  });

  it('decides by the larger of the clock and the last time seen', async () => {
    const id = uuid();
    await run({ id, by: 1 });
    const late = testPipeline(url, { clock: stillClock('2025-01-01T00:00:00.000Z') });
    await run({ id, by: 1 }, requestInfo(), late.pipeline);
    await late.close();
    expect((await counter(id)).map(({ metadata }) => metadata['at'])).to.deep.equal([
      '2026-01-01T00:00:00.000Z',
      '2026-01-01T00:00:00.000Z',
    ]);
  });

  it('holds quota for what is done and gives it back for what is refused or changes nothing', async () => {
    const calls: string[] = [];
    const gates = {
      ...openGates,
      reserve: async () => ({ allowed: true, limit: 10, used: 0, resetSeconds: calls.push('reserve') }),
      commit: async () => void calls.push('commit'),
      release: async () => void calls.push('release'),
    };
    const gated = testPipeline(url, { gates });
    const id = uuid();
    await run({ id, by: 1 }, requestInfo(), gated.pipeline);
    await run({ id, by: 1, max: 1 }, requestInfo(), gated.pipeline);
    await run({ id, by: 0 }, requestInfo(), gated.pipeline);
    await gated.close();
    expect(calls).to.deep.equal(['reserve', 'commit', 'reserve', 'release', 'reserve', 'release']);
  });

  it('refuses by rate, plan and quota, each with what to do', async () => {
    const closed = [
      { rate: async () => ({ allowed: false, limit: 1, remaining: 0, resetSeconds: 7 }) },
      { entitlement: () => ({ allowed: false, neededPlan: 'pro' }) },
      { reserve: async () => ({ allowed: false, limit: 10, used: 10, resetSeconds: 99 }) },
    ];
    const answers: Answer[] = [];
    for (const gates of closed) {
      const gated = testPipeline(url, { gates: { ...openGates, ...gates } });
      answers.push(await run({ id: uuid(), by: 1 }, requestInfo(), gated.pipeline));
      await gated.close();
    }
    expect(
      answers.map(({ status, retryAfterSeconds, rejection }) => [status, retryAfterSeconds, rejection?.code]),
    ).to.deep.equal([
      [429, 7, 'RateLimited'],
      [402, undefined, 'NotEntitled'],
      [429, 99, 'QuotaExceeded'],
    ]);
    expect(answers[1]?.rejection?.requiredTier).to.equal('pro');
  });

  it('puts no secret on the log, even by mistake', async () => {
    const bugs: unknown[] = [];
    const leaky = command({
      ...add,
      name: 'test.leak',
      decide: () => [Counter.events.Marked({ note: new Secret(Buffer.from('hush')) })],
    });
    const watched = testPipeline(url, { onBug: (error) => bugs.push(error) });
    const id = uuid();
    const answer = await watched.pipeline.execute(leaky, { id, by: 1 }, alice, requestInfo());
    await watched.close();
    expect(answer.status).to.equal(500);
    expect(String(bugs[0])).to.match(/is a secret/);
    expect(await counter(id)).to.deep.equal([]);
  });
});

describe('the pipeline while the log is away', () => {
  it('answers 503, does nothing, and recovers by itself', async function () {
    this.timeout(60_000);
    const stores = sharedStores();
    const node = await stores.freshEventNode();
    const told: string[] = [];
    const onAway = (_: Error, { endpoint }: { readonly endpoint: string }): void => void told.push(endpoint);
    const { close, pipeline } = testPipeline(node.url, { onAway });
    const id = uuid();
    await pipeline.execute(add, { id, by: 1 }, alice, requestInfo());
    await node.stop();
    const [write, read] = await Promise.all([
      pipeline.execute(add, { id, by: 1 }, alice, requestInfo()),
      pipeline.execute(look, { id }, alice, requestInfo()),
    ]);
    expect([write.status, read.status]).to.deep.equal([503, 503]);
    expect(write.retryAfterSeconds).to.be.greaterThan(0);
    expect(told).to.have.members(['test.add', 'test.look']);
    const back = await stores.freshEventNode(node.dir, node.port);
    const answer = await pipeline.execute(add, { id, by: 1 }, alice, requestInfo());
    expect(answer).to.deep.include({ status: 200, body: { total: 2 } });
    await close();
    await back.stop();
  });
});
