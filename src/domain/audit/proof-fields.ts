import { z } from 'zod';

/** A whole number as a query string has it: decimal, without leading zeros. */
const WholeNumber = z
  .string()
  .regex(/^(0|[1-9]\d{0,14})$/, 'is a whole number')
  .transform(Number);

/** Leaves of a tree that a proof is about, one at least. */
export const TreeSize = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'is a whole number, 1 at least')
  .transform(Number);

/** Place of an entry in its log, from 0. */
export const EntryIndex = WholeNumber;

/** A hash in base64. */
export const Hash = z.string().meta({ description: 'SHA-256, base64' });

export const toBase64 = (hash: Buffer): string => hash.toString('base64');
