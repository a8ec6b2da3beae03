import { z } from 'zod';
import { aggregate } from '../../../kernel/aggregate.ts';
import { SealedPayload } from '../../../kernel/payload.ts';
import { EventMetadata, EventType, Outcome, Provider, ProviderUserId } from './fields.ts';

export interface FederationEventState {
  readonly status: 'absent' | 'recorded';
  /** The event's id on the log, by which the audit proves it. */
  readonly eventId: string;
  readonly recordedAt: string;
}

/** Something that an identity provider says happened there: a claim of whoever reports it, not our observation. */
export const FederationEvent = aggregate({
  name: 'identity.FederationEvent',
  events: {
    Recorded: z.object({
      eventType: EventType,
      provider: Provider,
      userId: ProviderUserId,
      outcome: Outcome,
      /** What was said before payloads were sealed. */
      metadata: EventMetadata,
      payload: SealedPayload.optional(),
    }),
  },
  initial: (): FederationEventState => ({ status: 'absent', eventId: '', recordedAt: '' }),
  evolve: {
    Recorded: (_, _event, { at, eventId }) => ({ status: 'recorded', eventId, recordedAt: at }),
  },
});
