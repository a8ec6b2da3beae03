import { z } from 'zod';
import { aggregate } from '../../kernel/aggregate.ts';
import { SealedPayload } from '../../kernel/payload.ts';
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

/** As Postgres can hold it, and lists show it: what was said stays as it is on the log. */
export const held = (text: string | undefined): string | undefined => text?.toWellFormed().replaceAll('\0', '\ufffd');

/** Free words from where they were sealed, as lists show them. */
export function shownWords(content: Readonly<Record<string, unknown>>): Partial<Claimed> {
  const { actor_name: actor, target_name: target, ...rest } = content as Partial<Claimed>;
  return {
    ...rest,
    ...(actor !== undefined && { actor_name: held(actor) }),
    ...(target !== undefined && { target_name: held(target) }),
  };
}

type Claimed = z.output<z.ZodObject<typeof ClaimedEvent>>;

/** What is said in free words, which may be of persons, apart from what events are asked for by. */
export function freeWords({ actor_name, metadata, target_name, ...asked }: Claimed): {
  readonly asked: Claimed;
  readonly content: Readonly<Record<string, unknown>>;
} {
  const said = Object.entries({ actor_name, target_name, metadata }).filter(([, value]) => value !== undefined);
  return { asked, content: Object.fromEntries(said) };
}

/** Something another product had to tell; all in it is its claim. Its free words are sealed, but in what was written before they were. */
export const ExternalEvent = aggregate({
  name: 'audit.ExternalEvent',
  events: { Recorded: z.object({ ...ClaimedEvent, payload: SealedPayload.optional() }) },
  initial: (): { readonly recordedAt: string } => ({ recordedAt: '' }),
  evolve: { Recorded: (_state, _claimed, { at }) => ({ recordedAt: at }) },
});
