import { z } from 'zod';
import type { AnyAggregate } from '../../src/kernel/aggregate.ts';

/** A JSON Schema, as zod writes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What one aggregate has ever written on the log: a schema for each version of each of its events. */
export interface Contract {
  readonly aggregate: string;
  readonly events: Readonly<Record<string, { readonly versions: Readonly<Record<string, JsonSchema>> }>>;
}

/** `docs/events/vault.Secret.json` */
export const contractFile = (aggregate: string): string => `docs/events/${aggregate}.json`;

/** The contract of an aggregate as it is now; schemas of older versions come from the contract as it was written last. */
export function contractOf(aggregate: AnyAggregate, before: Contract | undefined): Contract {
  const events = Object.entries(aggregate.schemas).map(([name, schema]) => {
    const current = aggregate.versions?.[name] ?? 1;
    const written = Object.entries(before?.events[name]?.versions ?? {});
    const older = written.filter(([version]) => Number(version) < current);
    return [name, { versions: { ...Object.fromEntries(older), [current]: schemaOf(schema) } }] as const;
  });
  return { aggregate: aggregate.name, events: Object.fromEntries(events) };
}

/** The schema of what is stored: what is parsed, not what is given. */
function schemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
  return rest;
}

/** Each version of each event of a contract. */
export function versionsOf({ events }: Contract): readonly { readonly event: string; readonly version: number }[] {
  return Object.entries(events).flatMap(([event, { versions }]) =>
    Object.keys(versions).map((version) => ({ event, version: Number(version) })),
  );
}
