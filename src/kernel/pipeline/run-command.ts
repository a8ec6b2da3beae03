import { setTimeout as sleep } from 'node:timers/promises';
import { v5 as uuidv5 } from 'uuid';
import type { AnyAggregate, DomainEvent } from '../aggregate.ts';
import { type EventMetadata, encodeEvent, eventId, type GivenMetadata, streamName } from '../codec.ts';
import type { AnyCommand } from '../command.ts';
import { canonicalJson } from '../crypto/canonical-json.ts';
import { assertNoSecret } from '../crypto/secret.ts';
import type { Context } from '../endpoint.ts';
import { type LogEvent, WrongRevision } from '../log.ts';
import { isRejection, type Rejection, reject } from '../rejection.ts';
import type { Answer } from './answer.ts';
import { type Call, contextOf } from './caller.ts';
import type { Deps } from './deps.ts';
import { auditOf, type Metering, metadataOf, originSealed } from './facts.ts';
import { type Loaded, stillRemembered } from './streams.ts';

/** Tries of one command from a fresh look at the log before the conflict is the caller's. */
const maxTries = 5;

/** What a command came to. `unchanged`: accepted, and nothing had to be written. */
export type Outcome =
  | { readonly kind: 'done'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly rejection: Rejection }
  | { readonly kind: 'unchanged'; readonly body: unknown };

interface Attempt {
  readonly deps: Deps;
  readonly command: AnyCommand;
  readonly call: Call;
  readonly input: unknown;
  readonly metering: Metering;
  readonly of: AnyAggregate;
  readonly id: string;
}

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

/** The attempt with the stream it is about, which may be of the command's own making. */
function placed(attempt: Attempt): Attempt {
  const { call, command, deps, input } = attempt;
  return { ...attempt, id: command.stream(input, contextOf(call, deps.clock.now(), '')) };
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

/** A key that was used longer ago than it is remembered stands for a new command, with an id of its own. */
function renewed(attempt: Attempt, loaded: Loaded): Attempt {
  const { call, deps } = attempt;
  const earlier = loaded.commands.get(call.commandId);
  if (earlier === undefined || stillRemembered(earlier.at, deps.clock.now())) return attempt;
  const commandId = uuidv5(`after ${earlier.revision}`, call.commandId);
  const again = placed({ ...attempt, call: { ...call, commandId } });
  return again.id === attempt.id ? renewed(again, loaded) : again;
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

interface Decision {
  readonly events: readonly DomainEvent[];
  readonly context: Context;
  readonly prepared: unknown;
}

function respond({ command, input }: Attempt, state: unknown, decision: Decision): unknown {
  return command.output.parse(command.respond(state, input, decision));
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

/**
 * The log takes events of ids it has for a repeated write. Two processes that run one keyed command at once may have decided
 * differently (another input, another random value), and one of them must hear of the conflict: so what is written is part of the id.
 */
function writingId({ commandId, info }: Call, events: readonly DomainEvent[]): string {
  if (info.idempotencyKey === undefined) return commandId;
  return uuidv5(JSON.stringify(events.map(({ data }) => data)), commandId);
}

/** Metering counts a command once, whatever the number of its events. */
function unmetered(metadata: GivenMetadata): GivenMetadata {
  const { billable: _billable, meter: _meter, units: _units, ...rest } = metadata;
  return rest;
}

function bare({ id, type, data, metadata }: LogEvent): Pick<LogEvent, 'id' | 'type' | 'data' | 'metadata'> {
  return { id, type, data, metadata };
}

function doneAnswer(command: AnyCommand, body: unknown, position: bigint): Answer {
  const answer = command.onLog === undefined ? body : command.onLog(body, position);
  return { status: command.status ?? 200, body: answer, position };
}

/** Keyed, because an input may hold a secret that is easy to guess: a plain hash on the log would confirm guesses. */
async function inputMac({ call, deps, input }: Attempt): Promise<string> {
  const bytes = Buffer.from(canonicalJson(JSON.parse(JSON.stringify(input))));
  return (await deps.ports.sealer.mac(call.principal.tenant, 'idempotency', bytes)).toString('base64url');
}

/** For a keyed command: what was asked, and the answer unless it must not be kept. */
async function keyedAnswer(attempt: Attempt, body: unknown): Promise<Pick<EventMetadata, 'idempotency'>> {
  if (attempt.call.info.idempotencyKey === undefined) return {};
  const input = await inputMac(attempt);
  const { answersFromState, revealsOnce } = attempt.command;
  return { idempotency: revealsOnce === true || answersFromState === true ? { input } : { input, answer: body } };
}

/** The answer given before, where this keyed command was done already. */
async function answeredBefore(attempt: Attempt, loaded: Loaded): Promise<Outcome | undefined> {
  const { call, command, deps, id, of } = attempt;
  if (call.info.idempotencyKey === undefined) return undefined;
  const revision = loaded.commands.get(call.commandId)?.revision;
  if (revision === undefined) return undefined;
  const event = await deps.ports.readEvent(of.name, call.principal.tenant, id, revision);
  const idempotency = (event?.metadata as EventMetadata | undefined)?.idempotency;
  if (event === undefined || idempotency === undefined) return undefined;
  if (idempotency.input !== (await inputMac(attempt))) {
    return { kind: 'refused', rejection: reject('IdempotencyKeyReused', 'This key was used with another request.') };
  }
  if (command.revealsOnce === true) {
    return {
      kind: 'refused',
      rejection: reject('AlreadyRevealed', 'This was done, and its answer is shown only once.'),
    };
  }
  const answer = 'answer' in idempotency ? idempotency.answer : answeredAgain(attempt, loaded);
  return { kind: 'done', answer: { ...doneAnswer(command, answer, event.position), unchanged: true } };
}

/** The answer of a command that keeps none. */
function answeredAgain(attempt: Attempt, { lastAt, state }: Loaded): unknown {
  const context = contextOf(attempt.call, attempt.deps.clock.now(), lastAt);
  return respond(attempt, state, { events: [], context, prepared: undefined });
}
