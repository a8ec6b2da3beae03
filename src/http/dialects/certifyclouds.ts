import type { Dialect } from './dialect.ts';
import { qnspError } from './qnsp.ts';

/** A plan that does not include a feature is 403 here, with the tier that does. */
export const certifyclouds: Dialect = {
  name: 'certifyclouds',
  cursorField: 'nextCursor',
  success: (body) => body,
  errorStatus: (status) => (status === 402 ? 403 : status),
  error: qnspError,
};
