import { expect } from 'chai';
import fc from 'fast-check';
import { addSecretVersion } from '../../../../commands/vault/versioned-secrets/add-secret-version.ts';
import { changeSecretVersionState } from '../../../../commands/vault/versioned-secrets/change-secret-version-state.ts';
import { enforceSecretRetention } from '../../../../commands/vault/versioned-secrets/enforce-secret-retention.ts';
import { rollBackSecret } from '../../../../commands/vault/versioned-secrets/roll-back-secret.ts';
import { setSecretRetentionPolicy } from '../../../../commands/vault/versioned-secrets/set-secret-retention-policy.ts';
import { currentVersion, Secret, type SecretState } from '../../../../src/domain/vault/versioned-secrets/secret.ts';
import { type AnyAggregate, type DomainEvent, evolveOne, type Fact } from '../../../../src/kernel/aggregate.ts';
import type { AnyCommand } from '../../../../src/kernel/command.ts';
import { isRejection } from '../../../../src/kernel/rejection.ts';
import { keyOf, sealedAs, secretId } from '../../../support/controls/vault.ts';
import { testContext } from '../../../support/scenario.ts';

type State = 'active' | 'deprecated' | 'destroyed';

/** The secret as a child would write it down: the states of its versions, and how many may stay. */
interface Model {
  readonly states: State[];
  maxVersions: number | undefined;
}

interface Real {
  state: SecretState;
  revision: number;
}

/** Asks a command as the pipeline would. The code of the refusal, or undefined. */
function ask(real: Real, of: unknown, raw: object): string | undefined {
  const command = of as AnyCommand;
  const input = command.input.parse({ secretId, ...raw });
  const invalid = command.validate?.(real.state, input, testContext);
  if (invalid !== undefined) return invalid.code;
  const prepared = sealedAs(keyOf(currentVersion(real.state) + 1));
  const decided = command.decide(real.state, input, { ...testContext, prepared });
  if (isRejection(decided)) return decided.code;
  for (const event of decided) {
    const fact = { revision: ++real.revision, at: testContext.now, actor: testContext.actor } as Fact;
    real.state = evolveOne(Secret as unknown as AnyAggregate, real.state, event as DomainEvent, fact) as SecretState;
  }
  return undefined;
}

function agree(model: Model, real: Real): void {
  expect(real.state.versions.toArray().map(({ state }) => state)).to.deep.equal(model.states);
  const { toJson, fromJson } = Secret.snapshot ?? expect.fail('no snapshot');
  const restored = fromJson(JSON.parse(JSON.stringify(toJson(real.state))));
  expect(restored.versions.toArray()).to.deep.equal(real.state.versions.toArray());
}

class Step implements fc.Command<Model, Real> {
  readonly #name: string;
  readonly #run: (model: Model, real: Real) => void;

  constructor(name: string, run: (model: Model, real: Real) => void) {
    this.#name = name;
    this.#run = run;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    this.#run(model, real);
    agree(model, real);
  }

  toString(): string {
    return this.#name;
  }
}

const add = (expected: number | undefined): Step =>
  new Step(`add(${expected})`, (model, real) => {
    const current = model.states.length;
    const refused = ask(real, addSecretVersion, {
      value: 'x',
      ...(expected === undefined ? {} : { expectedVersion: expected }),
    });
    const wanted = expected === undefined || expected === current ? undefined : 'VersionMismatch';
    expect(refused).to.equal(wanted);
    if (wanted === undefined) model.states.push('active');
  });

const change = (version: number, to: 'deprecated' | 'destroyed'): Step =>
  new Step(`change(${version}, ${to})`, (model, real) => {
    const refused = ask(real, changeSecretVersionState, { version: String(version), state: to });
    const from = model.states[version - 1];
    const wanted =
      model.states.length === 0
        ? 'SecretNotFound'
        : from === undefined
          ? 'VersionNotFound'
          : from === 'destroyed' || from === to
            ? 'InvalidStateTransition'
            : undefined;
    expect(refused).to.equal(wanted);
    if (wanted === undefined) model.states[version - 1] = to;
  });

const rollBack = (target: number): Step =>
  new Step(`rollBack(${target})`, (model, real) => {
    const refused = ask(real, rollBackSecret, { targetVersion: target });
    const from = model.states[target - 1];
    const wanted =
      model.states.length === 0
        ? 'SecretNotFound'
        : from === undefined
          ? 'VersionNotFound'
          : from === 'destroyed'
            ? 'VersionDestroyed'
            : target === model.states.length
              ? 'AlreadyCurrent'
              : undefined;
    expect(refused).to.equal(wanted);
    if (wanted === undefined) model.states.push('active');
  });

const limit = (maxVersions: number): Step =>
  new Step(`limit(${maxVersions})`, (model, real) => {
    const refused = ask(real, setSecretRetentionPolicy, { maxVersions });
    expect(refused).to.equal(model.states.length === 0 ? 'SecretNotFound' : undefined);
    if (refused === undefined) model.maxVersions = maxVersions;
  });

const enforce = (): Step =>
  new Step('enforce()', (model, real) => {
    const refused = ask(real, enforceSecretRetention, {});
    expect(refused).to.equal(model.states.length === 0 ? 'SecretNotFound' : undefined);
    const most = model.maxVersions;
    if (refused !== undefined || most === undefined) return;
    const live = (): number => model.states.filter((state) => state !== 'destroyed').length;
    for (let index = 0; live() > most; index++) model.states[index] = 'destroyed';
  });

const number = fc.integer({ min: 1, max: 8 });

describe('a secret, whatever is done to it', () => {
  it('agrees with the model, and its snapshots with it', () => {
    const commands = fc.commands(
      [
        fc.constant(add(undefined)),
        fc.integer({ min: 0, max: 8 }).map(add),
        fc.tuple(number, fc.constantFrom('deprecated' as const, 'destroyed' as const)).map(([n, to]) => change(n, to)),
        number.map(rollBack),
        fc.integer({ min: 1, max: 4 }).map(limit),
        fc.constant(0).map(enforce),
      ],
      { maxCommands: 40 },
    );
    fc.assert(
      fc.property(commands, (steps) => {
        const setup = () => ({
          model: { states: [], maxVersions: undefined } as Model,
          real: { state: Secret.initial(), revision: -1 } as Real,
        });
        fc.modelRun(setup, steps);
      }),
      { numRuns: 300 },
    );
  });
});
