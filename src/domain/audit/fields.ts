import { z } from 'zod';

/** A word to look for, as it stands in an entry. */
export const Term = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => !text.includes('\0'), 'holds no NUL, for no entry does');

/** A tenant's id, or `platform`. */
export const TenantId = z.union([z.uuid(), z.literal('platform')]);

/** Text that another product sends along. Never a secret. */
export const ClaimedText = z.string().max(500);
