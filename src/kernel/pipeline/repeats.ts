import { v5 as uuidv5 } from 'uuid';
import type { DomainEvent } from '../aggregate.ts';
import type { EventMetadata } from '../codec.ts';
import { canonicalJson } from '../crypto/canonical-json.ts';
import { reject } from '../rejection.ts';
import { type Attempt, doneAnswer, type Outcome, placed, respond } from './attempt.ts';
import { type Call, contextOf } from './caller.ts';
import { type Loaded, stillRemembered } from './streams.ts';

/** A key that was used longer ago than it is remembered stands for a new command, with an id of its own. */
export function renewed(attempt: Attempt, loaded: Loaded): Attempt {
  const { call, deps } = attempt;
  const earlier = loaded.commands.get(call.commandId);
  if (earlier === undefined || stillRemembered(earlier.at, deps.clock.now())) return attempt;
  const commandId = uuidv5(`after ${earlier.revision}`, call.commandId);
  const again = placed({ ...attempt, call: { ...call, commandId } });
  return again.id === attempt.id ? renewed(again, loaded) : again;
}

/**
 * The log takes events of ids it has for a repeated write. Two processes that run one keyed command at once may have decided
 * differently (another input, another random value), and one of them must hear of the conflict: so what is written is part of the id.
 */
export function writingId({ commandId, info }: Call, events: readonly DomainEvent[]): string {
  if (info.idempotencyKey === undefined) return commandId;
  return uuidv5(JSON.stringify(events.map(({ data }) => data)), commandId);
}

/** Keyed, because an input may hold a secret that is easy to guess: a plain hash on the log would confirm guesses. */
async function inputMac({ call, deps, input }: Attempt): Promise<string> {
  const bytes = Buffer.from(canonicalJson(JSON.parse(JSON.stringify(input))));
  return (await deps.ports.sealer.mac(call.principal.tenant, 'idempotency', bytes)).toString('base64url');
}

/** For a keyed command: what was asked, and the answer unless it must not be kept. */
export async function keyedAnswer(attempt: Attempt, body: unknown): Promise<Pick<EventMetadata, 'idempotency'>> {
  if (attempt.call.info.idempotencyKey === undefined) return {};
  const input = await inputMac(attempt);
  const { answersFromState, revealsOnce } = attempt.command;
  return { idempotency: revealsOnce === true || answersFromState === true ? { input } : { input, answer: body } };
}

/** The answer given before, where this keyed command was done already. */
export async function answeredBefore(attempt: Attempt, loaded: Loaded): Promise<Outcome | undefined> {
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
