import { z } from 'zod';

/** Bytes one value may have in UTF-8. */
export const maxValueBytes = 512 * 1024;

/** Bodies that carry a value: a JSON text may spend three bytes on one of the value's (`\uXXXX`). */
export const maxValueBodyBytes = 3 * maxValueBytes + 64 * 1024;

const idPattern = /^[A-Za-z0-9_~](?:[A-Za-z0-9._~/-]{0,198}[A-Za-z0-9._~-])?$/;

/** The caller's own name of a secret: `billing/stripe.key`. In a path its slashes are written `%2F`. */
export const SecretId = z
  .string()
  .regex(idPattern, 'is 1 to 200 of the characters A-Z a-z 0-9 . _ ~ / -, and begins and ends with none of / -')
  .refine((id) => !id.includes('..') && !id.includes('//'), 'holds neither .. nor //')
  .refine((id) => id !== 'stats', 'is taken: stats names the statistics');

const versionNumber = /^[1-9][0-9]{0,8}$/;

/** A version's number in a body. */
export const Version = z.int().min(1).max(999_999_999);

/** A version's number in a path. */
export const PathVersion = z
  .string()
  .regex(versionNumber, 'is a positive whole number')
  .transform(Number)
  .pipe(z.int().positive());

/** A version's number in a path, or `latest`: the newest, whatever its state. */
export const PathVersionOrLatest = z
  .string()
  .regex(/^(?:latest|[1-9][0-9]{0,8})$/, 'is a positive whole number or latest')
  .transform((text) => (text === 'latest' ? text : Number(text)))
  .pipe(z.union([z.literal('latest'), z.int().positive()]));

/** What must be the newest version's number for the write to happen; 0: the secret must not exist. */
export const ExpectedVersion = z.int().min(0).max(999_999_999);

export const SecretValue = z
  .string()
  .min(1, 'is empty')
  .max(maxValueBytes, `is longer than ${maxValueBytes} bytes`)
  .refine((value) => value.isWellFormed(), 'holds half of a surrogate pair, which has no UTF-8 form')
  .refine((value) => Buffer.byteLength(value) <= maxValueBytes, `is longer than ${maxValueBytes} bytes in UTF-8`);

/** Text that a database can hold: no NUL, and no half of a surrogate pair. */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');
const notStorable = 'holds a NUL character or half of a surrogate pair';

/** Who acted, as trails are searched for it. */
export const ActorId = z.string().min(1).max(200).refine(isStorable, notStorable);

export const Reason = z.string().trim().min(1).max(1_000).refine(isStorable, notStorable);

const customKey = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'is a name of up to 128 of A-Z a-z 0-9 . _ -');

/** What a writer says about a version. `changedBy` is a claim: it must name the caller, as the credential does. */
export const VersionMetadata = z.strictObject({
  reason: Reason.optional(),
  changedBy: z.string().min(1).max(200).optional(),
  /** Up to 64 pairs of the caller's own; not for secrets, they are readable with the history. */
  custom: z
    .record(customKey, z.string().max(512).refine(isStorable, notStorable))
    .refine((pairs) => Object.keys(pairs).length <= 64, 'has more than 64 pairs')
    .optional(),
});

export const VersionState = z.enum(['active', 'deprecated', 'destroyed']);
