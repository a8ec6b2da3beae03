import { eventType } from '../../kernel/aggregate.ts';
import { decodeEvent, type EventMetadata, parseStream } from '../../kernel/codec.ts';
import { assertNoSecret } from '../../kernel/crypto/secret.ts';
import type { LogEvent } from '../../kernel/log.ts';
import type { Effect, Reaction } from '../../kernel/reaction.ts';
import { dispatchQueue, type NewEffect } from './effect.ts';

/** The types of event a reaction is about. */
export function typesOf({ on }: Reaction): readonly string[] {
  return on.flatMap(({ aggregate, names }) => names.map((name) => eventType({ aggregate: aggregate.name, name })));
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
    if (!names.some((name) => eventType({ aggregate: aggregate.name, name }) === stored.type)) return [];
    const { event, fact } = decodeEvent(aggregate, stored);
    return subscription.handle(event, fact) ?? [];
  });
  return caused.map((effect, index) => ({
    ...common(reaction, stored),
    key: `${stored.id}.${reaction.name}.${index}`,
    ...outcomeOf(effect),
  }));
}

function outcomeOf(effect: Effect): Pick<NewEffect, 'kind' | 'queue' | 'data' | 'delayMs'> {
  if (effect.kind === 'job') {
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
