import { expect } from 'chai';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { v4 as uuidv4 } from 'uuid';
import { addSecretVersion } from '../../commands/vault/versioned-secrets/add-secret-version.ts';
import { Quotas } from '../../src/adapters/gates/quotas.ts';
import { Secret } from '../../src/domain/vault/versioned-secrets/secret.ts';
import { streamName } from '../../src/kernel/codec.ts';
import type { Answer } from '../../src/kernel/pipeline/answer.ts';
import { type Processes, startProcesses } from '../support/models/processes.ts';
import { runsOf } from '../support/models/runs.ts';
import { openGates } from '../support/pipeline.ts';
import { sharedStores } from '../support/stores.ts';

/** Two secrets of one tenant, since writes of one secret wait for each other. */
const secrets = [0, 1] as const;
const asks = fc.record({
  kind: fc.constant('write' as const),
  secret: fc.constantFrom(...secrets),
  /** Refused, so that its reservation is released. */
  refused: fc.boolean(),
  key: fc.constantFrom('one', 'two', undefined, undefined),
});
/** Redis forgets all, now and then. */
const forgotten = fc.constantFrom(true, false, false, false, false);
type Ask = typeof asks extends fc.Arbitrary<infer T> ? T : never;

describe('a quota, against a simple model of one', function () {
  this.timeout(120_000);
  let processes: Processes;
  let redis: Redis;
  let quotas: readonly Quotas[];
  /** The meter and the secrets of the run that is on. */
  let run = { id: uuidv4(), limit: 0 };

  before(async () => {
    const redisUrl = await sharedStores().redisUrl();
    redis = new Redis(redisUrl);
    const options = { redisUrl, clock: { now: () => processes.clock.now() }, usage: () => written() };
    quotas = [new Quotas(options), new Quotas(options)];
    processes = await startProcesses(2, (process) => {
      const own = quotas[process] as Quotas;
      return {
        ...openGates,
        reserve: (tenant, _meter, cost, id) => own.reserve(tenant, run.id, { id, cost, limit: run.limit }),
        commit: (tenant, _meter, id) => own.commit(tenant, run.id, id),
        release: (tenant, _meter, id) => own.release(tenant, run.id, id),
      };
    });
  });
  after(async () => {
    await processes.close();
    await Promise.all(quotas.map((each) => each.close()));
    redis.disconnect();
  });

  it('counts what was written and nothing else, whichever process is asked, and when Redis has forgotten all', async () => {
    const happening = fc.record({ process: fc.nat(1), forgotten, ask: asks });
    const limits = fc.integer({ min: 0, max: 5 });
    const property = fc.asyncProperty(limits, fc.array(happening, { maxLength: 20 }), async (limit, happenings) => {
      run = { id: uuidv4(), limit };
      let used = 0;
      const done = new Set<string>();
      for (const { ask, forgotten: first, process } of happenings) {
        if (first) await redis.flushdb();
        const name = `${ask.secret} ${ask.key}`;
        const repeats = ask.key !== undefined && done.has(name);
        const told = await answered(process, ask);
        if (repeats) {
          // The same key again is the same request, or refused for being another one: it takes nothing.
          expect(told.status).to.be.oneOf([201, 409, 422, 429]);
        } else if (used >= limit) expect(told.status).to.equal(429);
        else expect(told.status).to.equal(ask.refused ? 409 : 201);
        if (told.status === 201 && !repeats) {
          used++;
          if (ask.key !== undefined) done.add(name);
        }
        expect(await written()).to.equal(used);
      }
      await allThatIsLeft(used);
    });
    await fc.assert(property, runsOf(25));
  });

  it('lets no more through than its limit where many are asked at the same time, and then all that is left', async () => {
    const race = fc.array(asks, { minLength: 2, maxLength: 8 });
    const limits = fc.integer({ min: 0, max: 4 });
    const property = fc.asyncProperty(limits, race, fc.scheduler(), async (limit, asked, scheduler) => {
      run = { id: uuidv4(), limit };
      await raced(asked, scheduler);
      await allThatIsLeft(await written());
    });
    await fc.assert(property, runsOf(40));
  });

  it('goes over its limit by no more than what was under way when Redis forgot all', async () => {
    const race = fc.array(asks, { minLength: 2, maxLength: 8 });
    const limits = fc.integer({ min: 1, max: 4 });
    const property = fc.asyncProperty(limits, race, race, fc.scheduler(), async (limit, first, then, scheduler) => {
      run = { id: uuidv4(), limit };
      await raced([...first, 'flush', ...then], scheduler);
      const count = await written();
      expect(count).to.be.at.most(limit + Math.min(limit, first.length));
      await comparisonIsDue();
      await allThatIsLeft(count);
    });
    await fc.assert(property, runsOf(25));
  });

  async function raced(asked: readonly (Ask | 'flush')[], scheduler: fc.Scheduler): Promise<void> {
    await processes.inAnyOrder(scheduler, () =>
      Promise.all(asked.map((ask, index) => (ask === 'flush' ? redis.flushdb() : answered(index, ask)))),
    );
  }

  /** As when the minute is over for which what Redis counts is believed. */
  async function comparisonIsDue(): Promise<void> {
    const told = await redis.keys('*:told:*');
    if (told.length > 0) await redis.del(told);
  }

  /** No reservation was left behind: the rest of the limit can be used, and not one more. */
  async function allThatIsLeft(count: number): Promise<void> {
    const ask = { kind: 'write', secret: 0, refused: false, key: undefined } as const;
    for (let used = count; used < run.limit; used++) expect((await answered(used, ask)).status).to.equal(201);
    expect((await answered(0, ask)).status).to.equal(429);
    expect(await written()).to.equal(Math.max(count, run.limit));
  }

  function answered(process: number, { key, refused, secret }: Ask): Promise<Answer> {
    const secretId = `${run.id}/${secret}`;
    const input = { secretId, value: 'value', ...(refused ? { expectedVersion: 999 } : {}) };
    return processes.ask(process, addSecretVersion, input, { idempotencyKey: key });
  }

  /** What the log says was used. */
  async function written(): Promise<number> {
    let count = 0;
    for (const secret of secrets) {
      const stream = streamName(Secret.name, processes.tenant, `${run.id}/${secret}`);
      for await (const _event of processes.log.readStream(stream)) count++;
    }
    return count;
  }
});
