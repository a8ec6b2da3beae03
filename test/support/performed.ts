import { expect } from 'chai';
import { type AnyAggregate, type DomainEvent, evolveOne, type Fact } from '../../src/kernel/aggregate.ts';
import type { AnyOperation } from '../../src/kernel/operation.ts';
import type { Ports } from '../../src/kernel/ports.ts';
import { isRejection } from '../../src/kernel/rejection.ts';
import { testContext } from './scenario.ts';

/** No port may be asked: what refuses early must not have cost anything. */
const untouched = new Proxy({} as Ports, {
  get: (_, name) => {
    throw new Error(`asked the port ${String(name)} before refusing`);
  },
});

/** Folds past events, asks an operation, and expects a declared refusal that asked no port. */
export async function expectRefusal(
  past: readonly DomainEvent[],
  of: unknown,
  input: unknown,
  code: string,
): Promise<void> {
  const operation = of as AnyOperation;
  const aggregate = operation.aggregate as unknown as AnyAggregate;
  const state = past.reduce<unknown>((before, event, revision) => {
    const fact = { revision, at: testContext.now, actor: testContext.actor } as Fact;
    return evolveOne(aggregate, before, event, fact);
  }, aggregate.initial());
  const principal = { ...testContext, credentialId: undefined };
  const context = { ...testContext, ports: untouched, principal };
  const answer = await operation.perform(state, operation.input.parse(input), context);
  expect(isRejection(answer) ? answer.code : answer).to.equal(code);
  expect(Object.keys(operation.rejections ?? {})).to.include(code);
}
