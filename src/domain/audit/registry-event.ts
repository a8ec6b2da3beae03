import { z } from 'zod';
import { contentIn } from '../../kernel/payload.ts';
import type { Row } from '../../kernel/query.ts';
import { ClaimedEvent, shownWords } from './external-event.ts';

/** An audit event as the tenant registry's document shows it. */
export const RegistryEvent = z.object({
  /** Commit position in the whole log. */
  id: z.int(),
  tenant_id: z.string(),
  ...ClaimedEvent,
  project_id: z.string().optional(),
  action: z.string(),
  /** Who told of it, by credential; the actor is the one the product names, where it names one. */
  recorded_by: z.object({ type: z.string(), id: z.string() }),
  source_ip: z.string().optional(),
  user_agent: z.string().optional(),
  created_at: z.string(),
});

const claimedColumns = ['project_id', 'actor_name', 'target_type', 'target_name'] as const;

/** From a row of the audit's entries joined with what external events claim. */
export function registryEvent(row: Row): z.input<typeof RegistryEvent> {
  const recordedBy = { type: String(row['actor_type']), id: String(row['actor_id']) };
  const optional = (column: string): string | undefined => (row[column] as string | null) ?? undefined;
  const claimed = Object.fromEntries(claimedColumns.flatMap((name) => (row[name] == null ? [] : [[name, row[name]]])));
  return {
    id: Number(row['position']),
    tenant_id: String(row['tenant_id']),
    ...claimed,
    action: String(row['what']),
    product: String(row['by_product']),
    actor_id: String(row['who']),
    actor_type: optional('claimed_actor_type') ?? (row['named'] === true ? undefined : recordedBy.type),
    target_id: optional('target'),
    ...(typeof row['metadata'] === 'string' && {
      metadata: JSON.parse(row['metadata']) as z.input<typeof RegistryEvent>['metadata'],
    }),
    ...shownWords(contentIn(row['payload'])),
    recorded_by: recordedBy,
    source_ip: optional('source'),
    user_agent: optional('user_agent'),
    created_at: String(row['at']),
  };
}
