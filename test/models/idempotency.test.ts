import { expect } from 'chai';
import fc, { type Arbitrary } from 'fast-check';
import { v4 as uuidv4 } from 'uuid';
import { addSecretVersion } from '../../commands/vault/versioned-secrets/add-secret-version.ts';
import { rollBackSecret } from '../../commands/vault/versioned-secrets/roll-back-secret.ts';
import { Secret } from '../../src/domain/vault/versioned-secrets/secret.ts';
import { streamName } from '../../src/kernel/codec.ts';
import { type KeyedAsk, type KeyedTold, keyedStep, nothingDone } from '../support/models/keyed-model.ts';
import { ordersOf } from '../support/models/orders.ts';
import { type Processes, startProcesses } from '../support/models/processes.ts';
import { runsOf } from '../support/models/runs.ts';

const asks: Arbitrary<KeyedAsk> = fc.record({
  command: fc.constantFrom('write', 'write', 'roll back to 1'),
  key: fc.constantFrom('one', 'two', undefined),
  value: fc.constantFrom('a', 'b'),
  expected: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined, freq: 3 }),
});
/** Milliseconds: not yet a day, the last of it, and more. */
const passing = fc.constantFrom(0, 0, 0, 43_200_000, 86_399_999, 86_400_000);

describe('idempotency keys, against a simple model of them', function () {
  this.timeout(120_000);
  let processes: Processes;

  before(async () => {
    processes = await startProcesses(2);
  });
  after(() => processes.close());

  it('stand for one request for a day, whichever of two processes is asked, after restarts too', async () => {
    const happening = fc.record({ process: fc.nat(1), restart: fc.boolean(), passing, ask: asks });
    const property = fc.asyncProperty(fc.array(happening, { maxLength: 20 }), async (happenings) => {
      const secretId = uuidv4();
      let model = nothingDone;
      for (const { ask, passing: ms, process, restart } of happenings) {
        processes.clock.advance(ms);
        if (restart) await processes.restart(process);
        const [after, told] = keyedStep(model, ask, processes.clock.now());
        expect(await answered(secretId, process, ask)).to.deep.equal(told);
        model = after;
      }
      expect(await written(secretId)).to.equal(model.versions);
    });
    await fc.assert(property, runsOf(25));
  });

  it('stand for one request where two processes are asked at the same time', async () => {
    const racing = fc.array(asks, { minLength: 2, maxLength: 4 });
    const property = fc.asyncProperty(
      fc.array(asks, { maxLength: 2 }),
      racing,
      fc.scheduler(),
      async (first, race, scheduler) => {
        const secretId = uuidv4();
        const now = processes.clock.now();
        let model = nothingDone;
        for (const ask of first) {
          await answered(secretId, 0, ask);
          [model] = keyedStep(model, ask, now);
        }
        const asked = await processes.inAnyOrder(scheduler, () =>
          Promise.all(race.map(async (ask, index) => ({ ask, told: await answered(secretId, index, ask) }))),
        );
        const possible = ordersOf(model, asked, (before, ask) => keyedStep(before, ask, now));
        expect(possible, `no order gives ${JSON.stringify(asked)}`).not.to.have.length(0);
        expect(possible.map(({ versions }) => versions)).to.include(await written(secretId));
      },
    );
    await fc.assert(property, runsOf(50));
  });

  async function answered(secretId: string, process: number, ask: KeyedAsk): Promise<KeyedTold> {
    const { command, expected, key, value } = ask;
    const isWrite = command === 'write';
    const input = { secretId, expectedVersion: expected, ...(isWrite ? { value } : { targetVersion: 1 }) };
    const endpoint = isWrite ? addSecretVersion : rollBackSecret;
    const answer = await processes.ask(process, endpoint, input, { idempotencyKey: key });
    const { body, rejection, status } = answer;
    if (rejection !== undefined) return { status, code: rejection.code };
    const { newVersion, version } = body as { readonly version?: number; readonly newVersion?: number };
    return { status, version: version ?? newVersion };
  }

  /** Events of the secret on the log: each is a version. */
  async function written(secretId: string): Promise<number> {
    let count = 0;
    for await (const _event of processes.log.readStream(streamName(Secret.name, processes.tenant, secretId))) count++;
    return count;
  }
});
