import type { AnyCommand } from '../../kernel/command.ts';
import type { Answer } from '../../kernel/pipeline/answer.ts';
import type { Pipeline } from '../../kernel/pipeline/pipeline.ts';
import type { RequestInfo } from '../../kernel/ports.ts';
import { systemPrincipal } from '../../kernel/principal.ts';
import { CommandRefused } from '../../kernel/worker.ts';
import type { ClaimedEffect } from './effect.ts';

export type ExecuteAs = Pipeline['executeAs'];

/** The command had no answer that stands: it is asked again with the same key. */
export class CommandUnanswered extends Error {
  override readonly name = 'CommandUnanswered';
}

/** What a command is asked with, and on whose behalf. */
export interface Asked {
  readonly command: AnyCommand;
  readonly input: unknown;
  readonly tenant: string;
  /** Which part of the system asks; stands as the actor in the audit. */
  readonly part: string;
  readonly info: RequestInfo;
}

/**
 * Runs a command as the system.
 *
 * @throws {CommandRefused} refused for good
 * @throws {CommandUnanswered} a store was away, or others were faster every time
 */
export async function ask(executeAs: ExecuteAs, { command, info, input, part, tenant }: Asked): Promise<unknown> {
  const answer = await executeAs(command, input, systemPrincipal(tenant, part), info);
  if (answer.rejection === undefined && answer.status < 400) return answer.body;
  const code = answer.rejection?.code ?? 'Refused';
  const detail = answer.rejection?.detail ?? '';
  if (unanswered(answer)) throw new CommandUnanswered(`${command.name}: ${answer.status} ${code}: ${detail}`);
  throw new CommandRefused(command.name, answer.status, code, detail);
}

/** A conflict says that others wrote at the same time, nothing about the command. */
function unanswered({ rejection, status }: Answer): boolean {
  return status >= 500 || status === 429 || rejection?.code === 'Conflict';
}

/** The request of an effect: its key makes the command the same one each time, its trace ties it to the cause. */
export function infoOf({ key, trace }: ClaimedEffect, step?: string): RequestInfo {
  return infoFor(step === undefined ? key : `${key}.${step}`, trace);
}

/** A request of the system's own, under an idempotency key. */
export function infoFor(
  key: string,
  trace: { readonly causation?: string; readonly correlation?: string; readonly traceparent?: string } = {},
): RequestInfo {
  return {
    requestId: key,
    idempotencyKey: key,
    sourceAddress: undefined,
    userAgent: undefined,
    traceparent: trace.traceparent,
    waitFor: undefined,
    causationId: trace.causation,
    correlationId: trace.correlation,
  };
}
