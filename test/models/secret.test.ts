import { expect } from 'chai';
import fc, { type Arbitrary } from 'fast-check';
import { v4 as uuidv4 } from 'uuid';
import { addSecretVersion } from '../../commands/vault/versioned-secrets/add-secret-version.ts';
import { changeSecretVersionState } from '../../commands/vault/versioned-secrets/change-secret-version-state.ts';
import { enforceSecretRetention } from '../../commands/vault/versioned-secrets/enforce-secret-retention.ts';
import { openSecretVersion } from '../../commands/vault/versioned-secrets/open-secret-version.ts';
import { rollBackSecret } from '../../commands/vault/versioned-secrets/roll-back-secret.ts';
import { setSecretRetentionPolicy } from '../../commands/vault/versioned-secrets/set-secret-retention-policy.ts';
import type { Answer } from '../../src/kernel/pipeline/answer.ts';
import { ordersOf } from '../support/models/orders.ts';
import { type Processes, startProcesses } from '../support/models/processes.ts';
import { runsOf } from '../support/models/runs.ts';
import { type Ask, type ModelSecret, noSecret, step, type Told } from '../support/models/secret-model.ts';

const versions = fc.integer({ min: 1, max: 6 });
const expected = fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined, freq: 2 });
const asks: Arbitrary<Ask> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write'), value: fc.string({ minLength: 1 }), expected }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('roll back'), to: versions, expected }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('state'),
      version: versions,
      state: fc.constantFrom('deprecated', 'destroyed'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('policy'),
      maxVersions: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      deleteAfterHours: fc.option(fc.constantFrom(1, 24, 72), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('enforce') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('open'), version: versions }) },
) as Arbitrary<Ask>;

/** Something that happens between two asks. */
const between = fc.oneof(
  { weight: 8, arbitrary: fc.constant('nothing' as const) },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
  { weight: 2, arbitrary: fc.constantFrom(1_800_000, 43_200_000, 259_200_000) },
);

describe('a secret, against a simple model of one', function () {
  this.timeout(120_000);
  let processes: Processes;

  before(async () => {
    processes = await startProcesses(2);
  });
  after(() => processes.close());

  it('answers what the model answers, whichever of two processes is asked, after restarts and as time goes by', async () => {
    const happening = fc.record({ process: fc.nat(1), between, ask: asks });
    const property = fc.asyncProperty(fc.array(happening, { maxLength: 30 }), async (happenings) => {
      const secretId = uuidv4();
      let model = noSecret;
      for (const { ask, between: first, process } of happenings) {
        if (first === 'restart') await processes.restart(process);
        if (typeof first === 'number') processes.clock.advance(first);
        const [after, told] = step(model, ask, processes.clock.now());
        expect(await answered(secretId, process, ask)).to.deep.equal(told);
        model = after;
      }
      await sameAs(secretId, model);
    });
    await fc.assert(property, runsOf(25));
  });

  it('answers asks at the same time as if one came after the other', async () => {
    const racing = fc.array(asks, { minLength: 2, maxLength: 4 });
    const property = fc.asyncProperty(
      fc.array(asks, { maxLength: 4 }),
      racing,
      fc.scheduler(),
      async (first, race, scheduler) => {
        const secretId = uuidv4();
        const now = processes.clock.now();
        let model = noSecret;
        for (const ask of first) {
          await answered(secretId, 0, ask);
          [model] = step(model, ask, now);
        }
        const asked = await processes.inAnyOrder(scheduler, () =>
          Promise.all(race.map(async (ask, index) => ({ ask, told: await answered(secretId, index, ask) }))),
        );
        const possible = ordersOf(model, asked, (before, ask) => step(before, ask, now));
        expect(possible, `no order gives ${JSON.stringify(asked)}`).not.to.have.length(0);
        const left = await asFound(secretId);
        expect(possible.map(values)).to.deep.include(left);
      },
    );
    await fc.assert(property, runsOf(40));
  });

  async function answered(secretId: string, process: number, ask: Ask): Promise<Told> {
    const [endpoint, input] = requestOf(ask);
    return toldBy(ask, await processes.ask(process, endpoint, { secretId, ...input }));
  }

  /** What a process that remembers nothing finds of each version. */
  async function asFound(secretId: string): Promise<readonly string[]> {
    await processes.restart(0);
    const found: string[] = [];
    for (let version = 1; ; version++) {
      const told = await answered(secretId, 0, { kind: 'open', version });
      if (told['code'] === 'VersionNotFound' || told['code'] === 'SecretNotFound') return found;
      expect(told['code'], `version ${version}`).to.be.oneOf([undefined, 'VersionDestroyed']);
      found.push(told['code'] === 'VersionDestroyed' ? 'destroyed' : `${told['state']} ${told['value']}`);
    }
  }

  async function sameAs(secretId: string, model: ModelSecret): Promise<void> {
    expect(await asFound(secretId)).to.deep.equal(values(model));
  }
});

function values(model: ModelSecret): readonly string[] {
  return model.versions.map(({ state, value }) => (state === 'destroyed' ? state : `${state} ${value}`));
}

function requestOf(ask: Ask): readonly [unknown, object] {
  switch (ask.kind) {
    case 'write':
      return [addSecretVersion, { value: ask.value, expectedVersion: ask.expected }];
    case 'roll back':
      return [rollBackSecret, { targetVersion: ask.to, expectedVersion: ask.expected }];
    case 'state':
      return [changeSecretVersionState, { version: String(ask.version), state: ask.state }];
    case 'policy': {
      const deleteAfter = ask.deleteAfterHours === undefined ? undefined : `PT${ask.deleteAfterHours}H`;
      return [setSecretRetentionPolicy, { maxVersions: ask.maxVersions, deleteAfter }];
    }
    case 'enforce':
      return [enforceSecretRetention, {}];
    case 'open':
      return [openSecretVersion, { version: String(ask.version) }];
  }
}

const shown: Readonly<Record<Ask['kind'], readonly string[]>> = {
  write: ['version'],
  'roll back': ['newVersion'],
  state: ['state'],
  policy: [],
  enforce: ['versionsDeleted', 'versionsRetained', 'versionsRemaining'],
  open: ['value', 'state'],
};

function toldBy(ask: Ask, { body, rejection, status }: Answer): Told {
  if (rejection !== undefined) return { status, code: rejection.code };
  const fields = body as Readonly<Record<string, unknown>>;
  return { status, ...Object.fromEntries(shown[ask.kind].map((name) => [name, fields[name]])) };
}
