import { type Dialect, withSnakeCursor } from './dialect.ts';
import { qnspError } from './qnsp.ts';

/** Errors as in qnsp's; bodies as the endpoint gives them, in snake case. */
export const secretBroker: Dialect = {
  name: 'secret-broker',
  cursorField: 'next_cursor',
  success: withSnakeCursor,
  errorStatus: (status) => status,
  error: qnspError,
};
