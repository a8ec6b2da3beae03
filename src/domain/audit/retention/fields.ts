import { z } from 'zod';
import { IsoDuration } from '../../../kernel/duration.ts';
import { Instant } from '../../../kernel/instant.ts';
import { Term } from '../fields.ts';

export const PolicyId = z.uuid();
export const HoldId = z.uuid();
export const ExecutionId = z.uuid();

/** Who is meant: as the actor of entries. */
export const SubjectType = z.enum(['user', 'service', 'agent']);
export const SubjectId = z.string().min(1).max(200);

/** A day, UTC: the id of the stream of its facts about requests. */
export const Day = z.string();

export const Name = z.string().trim().min(1).max(200);
export const Reason = z.string().trim().min(1).max(2_000);

/** A type of event or an action, whole, or all that begin with something: `vault.secret.*`. */
const EventPattern = Term.regex(
  /^[^*]*(?:\.\*)?$/,
  'is a type or an action, whole or ending in .*, such as vault.secret.*',
);

const upTo = <T extends z.ZodType>(item: T, max: number) => z.array(item).max(max).default([]);

/** Which entries a policy is about: of these types and of these services; an empty list stands for all. */
export const RetentionScope = z.strictObject({
  eventTypes: upTo(EventPattern, 100),
  services: upTo(z.string().regex(/^[a-z]{1,40}$/, 'is the name of a service, such as vault'), 100),
});

/** Where entries are kept before they go. `destination` names a folder of the archive. */
export const ArchiveConfig = z.strictObject({
  enabled: z.boolean(),
  destination: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'is the name of a folder: small letters, digits and -, at most 40')
    .default('audit'),
});

export const RetentionTerms = z.strictObject({
  name: Name,
  retentionPeriod: IsoDuration,
  scope: RetentionScope.default({ eventTypes: [], services: [] }),
  archiveConfig: ArchiveConfig.default({ enabled: false, destination: 'audit' }),
});

/** What is held: entries that everything given here applies to. Nothing given: every entry. */
export const HoldScope = z.strictObject({
  /** Of what or whom the entries tell, or who did it. */
  subjects: upTo(Term, 1_000),
  eventTypes: upTo(EventPattern, 100),
  /** Inclusive. */
  from: Instant.optional(),
  /** Exclusive. */
  until: Instant.optional(),
});

const words = z.array(z.string());

/** The terms of a policy as events keep them. */
export const KeptTerms = z.object({
  name: z.string(),
  retentionPeriod: z.string(),
  scope: z.object({ eventTypes: words, services: words }),
  archiveConfig: z.object({ enabled: z.boolean(), destination: z.string() }),
});
export type RetentionTerms = z.output<typeof KeptTerms>;
export type RetentionScope = RetentionTerms['scope'];

/** The scope of a hold as events keep it. */
export const KeptHoldScope = z.object({
  subjects: words,
  eventTypes: words,
  from: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
});
export type HoldScope = z.output<typeof KeptHoldScope>;
