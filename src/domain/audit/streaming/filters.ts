import { z } from 'zod';
import { type Severity, severities } from '../classify.ts';

const pattern = /^(?:[a-z]+\.)(?:[A-Z][A-Za-z]*\.(?:[A-Z][A-Za-z]*|\*)|\*)$/;

/** An event's type, or all of an aggregate or a context: `vault.Secret.VersionAdded`, `vault.Secret.*`, `vault.*` */
export const EventTypePattern = z
  .string()
  .max(200)
  .regex(pattern, 'is an event type such as vault.Secret.VersionAdded, or ends in .* for all below it');

/** What of the tenant's events is wanted. An empty list wants all; those that are not empty must all agree. */
export const Filters = z.strictObject({
  eventTypes: z.array(EventTypePattern).max(100).default([]),
  services: z
    .array(z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'is a service such as vault'))
    .max(50)
    .default([]),
  severities: z.array(z.enum(severities)).max(severities.length).default([]),
});

export type Filters = Readonly<{
  eventTypes: readonly string[];
  services: readonly string[];
  severities: readonly Severity[];
}>;

/** What filters are asked about. */
export interface Filterable {
  readonly type: string;
  readonly service: string;
  readonly severity: Severity;
}

export function matches({ eventTypes, services, severities: wanted }: Filters, event: Filterable): boolean {
  return (
    (eventTypes.length === 0 || eventTypes.some((type) => covers(type, event.type))) &&
    (services.length === 0 || services.includes(event.service)) &&
    (wanted.length === 0 || wanted.includes(event.severity))
  );
}

function covers(type: string, actual: string): boolean {
  return type.endsWith('.*') ? actual.startsWith(type.slice(0, -1)) : actual === type;
}
