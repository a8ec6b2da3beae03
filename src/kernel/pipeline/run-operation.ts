import type { AnyAggregate } from '../aggregate.ts';
import type { AnyOperation } from '../operation.ts';
import { isRejection, type Rejection } from '../rejection.ts';
import type { Answer } from './answer.ts';
import { type Call, contextOf } from './caller.ts';
import type { Deps } from './deps.ts';
import { awaitReads } from './run-query.ts';

/** Waits for the asked position, loads the aggregate the operation looks at, and performs it. */
export async function runOperation(
  deps: Deps,
  endpoint: AnyOperation,
  call: Call,
  input: unknown,
): Promise<{ body: unknown } | { refused: Answer } | Rejection> {
  const late = endpoint.reads === undefined ? undefined : await awaitReads(deps, endpoint.reads, call);
  if (late !== undefined) return late;
  const context = { ...contextOf(call, deps.clock.now(), ''), ports: deps.ports, principal: call.principal };
  let state: unknown;
  if (endpoint.aggregate !== undefined && endpoint.stream !== undefined) {
    const of = endpoint.aggregate as unknown as AnyAggregate;
    state = (await deps.streams.load(of, call.principal.tenant, endpoint.stream(input, context))).state;
  }
  const result = await endpoint.perform(state, input, context);
  return isRejection(result) ? result : { body: endpoint.output.parse(result) };
}
