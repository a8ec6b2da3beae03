import { v4 as uuidv4 } from 'uuid';
import type { AnyAggregate, DomainEvent } from '../../src/kernel/aggregate.ts';
import { encodeEvent, type GivenMetadata, streamName } from '../../src/kernel/codec.ts';
import type { Appended, EventLog } from '../../src/kernel/log.ts';

/** Where a test writes a fact, and what differs from its defaults. */
export interface Writing {
  readonly tenant: string;
  readonly id: string;
  readonly at?: string;
  /** Metering, as the pipeline would put it. */
  readonly metadata?: Partial<GivenMetadata>;
}

/** Writes facts of one aggregate straight onto a real log, as the pipeline would. */
export async function write(
  log: EventLog,
  of: unknown,
  events: readonly DomainEvent[],
  where: Writing,
): Promise<Appended> {
  const aggregate = of as AnyAggregate;
  const at = where.at ?? new Date().toISOString();
  const stored = events.map((event) => {
    const id = uuidv4();
    return encodeEvent(aggregate, event, id, {
      tenant: where.tenant,
      actor: { type: 'system', id: 'test' },
      at,
      operation: 'test',
      commandId: id,
      requestId: id,
      $correlationId: id,
      $causationId: id,
      ...where.metadata,
    });
  });
  return log.append(streamName(aggregate.name, where.tenant, where.id), stored, 'any');
}
