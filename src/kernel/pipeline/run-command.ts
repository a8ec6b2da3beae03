import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyAggregate } from '../aggregate.ts';
import { encodeEvent, eventId, type GivenMetadata, streamName } from '../codec.ts';
import type { AnyCommand } from '../command.ts';
import { assertNoSecret } from '../crypto/secret.ts';
import { type LogEvent, WrongRevision } from '../log.ts';
import { isRejection, reject } from '../rejection.ts';
import { type Attempt, type Decision, doneAnswer, type Outcome, placed, respond } from './attempt.ts';
import { type Call, contextOf } from './caller.ts';
import type { Deps } from './deps.ts';
import { auditOf, type Metering, metadataOf, originSealed } from './facts.ts';
import { answeredBefore, keyedAnswer, renewed, writingId } from './repeats.ts';
import type { Loaded } from './streams.ts';

/** Tries of one command from a fresh look at the log before the conflict is the caller's. */
const maxTries = 5;

/** Load, validate, prepare, decide, append; on a conflict from the start again. */
export async function runCommand(
  deps: Deps,
  command: AnyCommand,
  call: Call,
  given: { readonly input: unknown; readonly metering: Metering },
): Promise<Outcome> {
  const of = command.aggregate as unknown as AnyAggregate;
  return inTurn(placed({ deps, command, call, ...given, of, id: '' }));
}

function inTurn(attempt: Attempt): Promise<Outcome> {
  const { call, deps, id, of } = attempt;
  const { tenant } = call.principal;
  return deps.turns.take(streamName(of.name, tenant, id), async () => {
    if (call.info.idempotencyKey !== undefined) return fromLog(attempt);
    const cached = deps.streams.peek(of, tenant, id);
    return (cached ? await unread(attempt, cached) : await asNew(attempt)) ?? fromLog(attempt);
  });
}

/** A state that is not read anew. It may be stale: the append shows it, and a refusal from it is not believed. */
async function unread(attempt: Attempt, loaded: Loaded): Promise<Outcome | undefined> {
  const outcome = await tryOnce(attempt, loaded);
  return outcome !== 'conflict' && outcome.kind === 'done' ? outcome : undefined;
}

/** What creates mostly meets streams that are not there. */
async function asNew(attempt: Attempt): Promise<Outcome | undefined> {
  const { call, command, deps, id, of } = attempt;
  if (command.controls.effect !== 'create') return undefined;
  const guess = deps.streams.guess(of, call.principal.tenant, id);
  if (guess === undefined) return undefined;
  const outcome = await unread(attempt, guess);
  if (outcome !== undefined) deps.streams.learn(of, true);
  return outcome;
}

async function fromLog(asked: Attempt): Promise<Outcome> {
  const { call, deps, id, of } = asked;
  for (let tries = 0; tries < maxTries; tries++) {
    const loaded = await deps.streams.load(of, call.principal.tenant, id);
    const attempt = renewed(asked, loaded);
    if (attempt.id !== id) return inTurn(attempt);
    const outcome = await tryOnce(attempt, loaded);
    if (outcome !== 'conflict') return outcome;
    await sleep(Math.random() * 10 * 2 ** tries);
  }
  const rejection = reject('Conflict', 'Others changed this at the same time; read it again and repeat.');
  return { kind: 'refused', rejection };
}

async function tryOnce(attempt: Attempt, loaded: Loaded): Promise<Outcome | 'conflict'> {
  const { command, call, deps, input } = attempt;
  const earlier = await answeredBefore(attempt, loaded);
  if (earlier !== undefined) return earlier;
  const context = contextOf(call, deps.clock.now(), loaded.lastAt);
  const invalid = command.validate?.(loaded.state, input, context);
  if (invalid !== undefined) return { kind: 'refused', rejection: invalid };
  const prepared = await command.prepare?.(loaded.state, input, { ...context, ports: deps.ports });
  if (isRejection(prepared)) return { kind: 'refused', rejection: prepared };
  const decided = command.decide(loaded.state, input, { ...context, prepared });
  if (isRejection(decided)) return { kind: 'refused', rejection: decided };
  return decided.length === 0
    ? { kind: 'unchanged', body: respond(attempt, loaded.state, { events: decided, context, prepared }) }
    : append(attempt, loaded, { events: decided, context, prepared });
}

/** Folds the events, computes the answer, and writes both in one append. */
async function append(attempt: Attempt, loaded: Loaded, decision: Decision): Promise<Outcome | 'conflict'> {
  const { call, command, deps, id, input, metering, of } = attempt;
  const stream = streamName(of.name, call.principal.tenant, id);
  const told = await originSealed(deps, call);
  const metadata = metadataOf(told, decision.context.now, auditOf(command.controls.audit, input), metering);
  const writing = writingId(call, decision.events);
  const stored: LogEvent[] = decision.events.map((event, index) => ({
    ...encodeEvent(of, event, eventId(writing, index), index === 0 ? metadata : unmetered(metadata)),
    stream,
    revision: loaded.revision + 1 + index,
    position: 0n,
  }));
  for (const event of stored) assertNoSecret(event.data);
  const next = deps.streams.advance(of, loaded, stored);
  const body = respond(attempt, next.state, decision);
  const last = stored.at(-1) as LogEvent;
  stored[stored.length - 1] = { ...last, metadata: { ...last.metadata, ...(await keyedAnswer(attempt, body)) } };
  try {
    const appended = await deps.log.append(stream, stored.map(bare), loaded.revision < 0 ? 'none' : loaded.revision);
    deps.streams.remember(of, stream, next, call.info.idempotencyKey === undefined ? undefined : call.commandId);
    return { kind: 'done', answer: doneAnswer(command, body, appended.position) };
  } catch (error) {
    if (error instanceof WrongRevision) return 'conflict';
    throw error;
  }
}

/** Metering counts a command once, whatever the number of its events. */
function unmetered(metadata: GivenMetadata): GivenMetadata {
  const { billable: _billable, meter: _meter, units: _units, ...rest } = metadata;
  return rest;
}

function bare({ id, type, data, metadata }: LogEvent): Pick<LogEvent, 'id' | 'type' | 'data' | 'metadata'> {
  return { id, type, data, metadata };
}
