import type { AnyAggregate, DomainEvent } from '../aggregate.ts';
import type { AnyCommand } from '../command.ts';
import type { Context } from '../endpoint.ts';
import type { Rejection } from '../rejection.ts';
import type { Answer } from './answer.ts';
import { type Call, contextOf } from './caller.ts';
import type { Deps } from './deps.ts';
import type { Metering } from './facts.ts';

/** What a command came to. `unchanged`: accepted, and nothing had to be written. */
export type Outcome =
  | { readonly kind: 'done'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly rejection: Rejection }
  | { readonly kind: 'unchanged'; readonly body: unknown };

/** One command on its way to the log. */
export interface Attempt {
  readonly deps: Deps;
  readonly command: AnyCommand;
  readonly call: Call;
  readonly input: unknown;
  readonly metering: Metering;
  readonly of: AnyAggregate;
  readonly id: string;
}

/** The attempt with the stream it is about, which may be of the command's own making. */
export function placed(attempt: Attempt): Attempt {
  const { call, command, deps, input } = attempt;
  return { ...attempt, id: command.stream(input, contextOf(call, deps.clock.now(), '')) };
}

/** What a command decided, and by what it is answered. */
export interface Decision {
  readonly events: readonly DomainEvent[];
  readonly context: Context;
  readonly prepared: unknown;
}

export function respond({ command, input }: Attempt, state: unknown, decision: Decision): unknown {
  return command.output.parse(command.respond(state, input, decision));
}

export function doneAnswer(command: AnyCommand, body: unknown, position: bigint): Answer {
  const answer = command.onLog === undefined ? body : command.onLog(body, position);
  return { status: command.status ?? 200, body: answer, position };
}
