import { z } from 'zod';

/** What our own logins and logouts stand under among the providers; nobody may claim an event of it. */
export const localProvider = 'local';

/** Bytes of JSON that an event's metadata may have. */
const maxMetadataBytes = 8 * 1024;
const maxMetadataDepth = 6;

/** Text that a database can hold: no NUL, and no half of a surrogate pair. */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');
const notStorable = 'holds a NUL character or half of a surrogate pair';

/** `login`, `logout`, `token_refresh`, `mfa_challenge`, or what else a provider tells. */
export const EventType = z
  .string()
  .regex(/^[a-z][a-z0-9_.-]{0,63}$/, 'is lower case letters, digits and _ . -, 64 at most, and starts with a letter');

/** The name of an identity provider. */
export const Provider = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:@/-]{0,127}$/, 'is letters, digits and _ . : @ / -, 128 at most');

/** A user as the provider names them, which need not be one of ours. */
export const ProviderUserId = z.string().min(1).max(256).refine(isStorable, notStorable);

export const Outcome = z.enum(['success', 'failure']);

/** What a provider says beside: JSON, not for secrets. */
export const EventMetadata = z
  .record(z.string(), z.unknown())
  .refine((value) => isPlain(value, maxMetadataDepth), `${notStorable}, or is nested deeper than ${maxMetadataDepth}`)
  .refine(
    (value) => Buffer.byteLength(JSON.stringify(value)) <= maxMetadataBytes,
    `is longer than ${maxMetadataBytes} bytes of JSON`,
  );

function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  return Object.entries(value).every(([name, below]) => isStorable(name) && isPlain(below, depth - 1));
}

/** Whether the second instant, where both are given, is behind the first. */
export function isForward(from: string | undefined, to: string | undefined): boolean {
  return from === undefined || to === undefined || from < to;
}
