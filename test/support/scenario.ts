import { expect } from 'chai';
import { v5 as uuidv5 } from 'uuid';
import { type AnyAggregate, type DomainEvent, evolveOne, type Fact } from '../../src/kernel/aggregate.ts';
import type { AnyCommand } from '../../src/kernel/command.ts';
import type { Context } from '../../src/kernel/endpoint.ts';
import { isRejection, type Rejection } from '../../src/kernel/rejection.ts';

const commandId = '11111111-2222-5333-8444-555555555555';

/** What a decision knows in a test, unless it says otherwise. */
export const testContext: Context = {
  now: '2026-01-01T00:00:00.000Z',
  tenant: 'acme',
  actor: { type: 'user', id: 'alice' },
  permissions: ['*'],
  requestId: 'request-1',
  commandId,
  newId: (label = '') => uuidv5(`id:${label}`, commandId),
};

/** A past event, with what differs from the test's defaults. */
export interface Past {
  readonly event: DomainEvent;
  readonly at?: string;
  readonly by?: string;
}

interface Options {
  readonly context?: Partial<Context>;
  readonly prepared?: unknown;
}

interface Result {
  /** The command appended exactly these events. */
  readonly then: (events: readonly DomainEvent[]) => void;
  /** The command answered this, after its events. */
  readonly thenAnswered: (answer: unknown) => void;
  readonly thenRejected: (code: string) => void;
}

/** Folds past events, lets the command decide, and says what came of it. Pure: no store, no clock. */
export function given(past: readonly (DomainEvent | Past)[]): {
  readonly when: (command: unknown, input: unknown, options?: Options) => Result;
} {
  return { when: (command, input, options = {}) => decide(past, command as AnyCommand, { input, ...options }) };
}

function decide(
  past: readonly (DomainEvent | Past)[],
  command: AnyCommand,
  { input: raw, context: other, prepared }: Options & { readonly input: unknown },
): Result {
  const of = command.aggregate as unknown as AnyAggregate;
  const context = { ...testContext, ...other };
  const input = command.input.parse(raw);
  const id = command.stream(input, context);
  const before = past.map((entry) => ('event' in entry ? entry : { event: entry }));
  const state = fold(of, of.initial(), before, { id, from: 0, context });
  const invalid = command.validate?.(state, input, context);
  const decided = invalid ?? command.decide(state, input, { ...context, prepared });
  return {
    then: (events) => expect(asLogged(accepted(decided))).to.deep.equal(asLogged(events)),
    thenAnswered: (answer) => {
      const events = accepted(decided);
      const fresh = events.map((event) => ({ event }));
      const after = fold(of, state, fresh, { id, from: before.length, context });
      const body = command.output.parse(command.respond(after, input, { events, context, prepared }));
      expect(body).to.deep.equal(answer);
    },
    thenRejected: (code) => {
      expect(isRejection(decided) ? decided.code : decided).to.equal(code);
      expect(Object.keys(command.rejections ?? {})).to.include(code);
    },
  };
}

/** As the log keeps it: a field that is undefined is not there. */
function asLogged(events: readonly DomainEvent[]): unknown {
  return JSON.parse(JSON.stringify(events));
}

function accepted(decided: readonly DomainEvent[] | Rejection): readonly DomainEvent[] {
  if (isRejection(decided)) throw new Error(`refused with ${decided.code}: ${decided.detail ?? ''}`);
  return decided;
}

function fold(
  of: AnyAggregate,
  initial: unknown,
  past: readonly Past[],
  at: { readonly id: string; readonly from: number; readonly context: Context },
): unknown {
  return past.reduce((state, { event, at: time, by }, index) => {
    const fact: Fact = {
      eventId: uuidv5(String(at.from + index), commandId),
      stream: `${of.name}-${at.context.tenant}.${at.id}`,
      id: at.id,
      revision: at.from + index,
      position: 0n,
      tenant: at.context.tenant,
      at: time ?? at.context.now,
      actor: { type: 'user', id: by ?? at.context.actor.id },
      metadata: {},
    };
    return evolveOne(of, state, event, fact);
  }, initial);
}
