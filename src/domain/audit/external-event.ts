import { z } from 'zod';
import { aggregate } from '../../kernel/aggregate.ts';
import { ClaimedText } from './fields.ts';

/** What another product says of something that happened there. Who says so stands in the event's metadata. */
export const ClaimedEvent = {
  action: z.string().min(1).max(200),
  product: ClaimedText.optional(),
  project_id: z.uuid().optional(),
  actor_id: ClaimedText.optional(),
  actor_name: ClaimedText.optional(),
  actor_type: ClaimedText.optional(),
  target_id: ClaimedText.optional(),
  target_type: ClaimedText.optional(),
  target_name: ClaimedText.optional(),
  metadata: z.record(z.string(), z.json()).optional(),
};

/** Something another product had to tell; all in it is its claim. */
export const ExternalEvent = aggregate({
  name: 'audit.ExternalEvent',
  events: { Recorded: z.object(ClaimedEvent) },
  initial: (): { readonly recordedAt: string } => ({ recordedAt: '' }),
  evolve: { Recorded: (_state, _claimed, { at }) => ({ recordedAt: at }) },
});
