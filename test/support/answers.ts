import type { AnyOperation } from '../../src/kernel/operation.ts';
import type { Ports } from '../../src/kernel/ports.ts';
import type { Row } from '../../src/kernel/query.ts';
import { isRejection } from '../../src/kernel/rejection.ts';
import { testContext } from './scenario.ts';

/** The code a query's or an operation's answer refuses with; the answer itself where it does not. */
export function codeOf(answer: unknown): unknown {
  return isRejection(answer) ? answer.code : answer;
}

/** What an operation answers to these rows, one list for each of its reads in turn. */
export async function askOperation(of: unknown, raw: unknown, reads: readonly (readonly Row[])[]): Promise<unknown> {
  const operation = of as AnyOperation;
  const rest = [...reads];
  const ports = { read: async () => rest.shift() ?? [] } as unknown as Ports;
  const principal = { ...testContext, credentialId: undefined };
  return codeOf(await operation.perform(undefined, operation.input.parse(raw), { ...testContext, ports, principal }));
}
