import { type AnyAggregate, type DomainEvent, eventType, type Fact } from '../../kernel/aggregate.ts';
import { decodeEvent, type EventMetadata, factOf, parseStream } from '../../kernel/codec.ts';
import { assertNoSecret } from '../../kernel/crypto/secret.ts';
import type { LogEvent } from '../../kernel/log.ts';
import type { Effect, Reaction } from '../../kernel/reaction.ts';
import { everyAggregate } from '../../kernel/when.ts';
import { assertQueue, dispatchQueue, type NewEffect } from './effect.ts';

/** The types of event the reactions are about; undefined where one is about every event. */
export function typesOf(reactions: readonly Reaction[]): readonly string[] | undefined {
  const on = reactions.flatMap((reaction) => reaction.on);
  if (on.some(({ aggregate }) => aggregate === everyAggregate)) return undefined;
  return [...new Set(on.flatMap(({ aggregate, names }) => names.map((name) => typeOf(aggregate, name))))];
}

function typeOf(of: AnyAggregate, name: string): string {
  return eventType({ aggregate: of.name, name });
}

/**
 * What one event causes by one reaction: its effects, or where the reaction fails on it, one held effect that repeats the
 * question until it is answered. Nothing is passed over, and nothing else waits for it.
 */
export function effectsOf(reaction: Reaction, stored: LogEvent): readonly NewEffect[] {
  try {
    return react(reaction, stored);
  } catch (error) {
    return [held(reaction, stored, String(error))];
  }
}

/**
 * As `effectsOf`, for an event that was held.
 *
 * @throws whatever the reaction's handler throws
 */
export function react(reaction: Reaction, stored: LogEvent): readonly NewEffect[] {
  const caused = reaction.on.flatMap((subscription): readonly Effect[] => {
    const { aggregate, names } = subscription;
    const wanted = aggregate === everyAggregate || names.some((name) => typeOf(aggregate, name) === stored.type);
    if (!wanted) return [];
    const { event, fact } = aggregate === everyAggregate ? undecoded(stored) : decodeEvent(aggregate, stored);
    return subscription.handle(event, fact) ?? [];
  });
  return caused.map((effect, index) => ({
    ...common(reaction, stored),
    key: `${stored.id}.${reaction.name}.${index}`,
    ...outcomeOf(effect),
  }));
}

/** For a subscription to every event, whose data nobody here can know. */
function undecoded(stored: LogEvent): { readonly event: DomainEvent; readonly fact: Fact } {
  const dot = stored.type.lastIndexOf('.');
  const event = { aggregate: stored.type.slice(0, dot), name: stored.type.slice(dot + 1), data: stored.data };
  return { event, fact: factOf(stored) };
}

function outcomeOf(effect: Effect): Pick<NewEffect, 'kind' | 'queue' | 'data' | 'delayMs'> {
  if (effect.kind === 'job') {
    assertQueue(effect.queue);
    assertNoSecret(effect.data);
    return { kind: 'job', queue: effect.queue, data: effect.data, delayMs: effect.delayMs ?? 0 };
  }
  assertNoSecret(effect.input);
  const data = { command: effect.command.name, input: effect.input };
  return { kind: 'dispatch', queue: dispatchQueue, data, delayMs: 0 };
}

function held(reaction: Reaction, stored: LogEvent, error: string): NewEffect {
  return {
    ...common(reaction, stored),
    key: `${stored.id}.${reaction.name}.held`,
    kind: 'held',
    queue: dispatchQueue,
    data: { stream: stored.stream, revision: stored.revision },
    delayMs: 0,
    error,
  };
}

function common({ name }: Reaction, stored: LogEvent): Pick<NewEffect, 'tenant' | 'reaction' | 'trace'> {
  const { $correlationId, traceparent } = stored.metadata as Partial<EventMetadata>;
  return {
    tenant: parseStream(stored.stream)?.tenant ?? '',
    reaction: name,
    trace: { causation: stored.id, correlation: $correlationId ?? stored.id, ...(traceparent && { traceparent }) },
  };
}
