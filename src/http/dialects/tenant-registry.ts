import { type Dialect, detailsOf, snakeCase, withSnakeCursor } from './dialect.ts';

/** `error, message`, where the error is the code in snake case, such as `invalid_input`. */
export const tenantRegistry: Dialect = {
  name: 'tenant-registry',
  cursorField: 'next_cursor',
  success: withSnakeCursor,
  errorStatus: (status) => status,
  error: (failure) => ({
    error: snakeCase(failure.code),
    message: failure.message,
    details: detailsOf(failure),
    requestId: failure.requestId,
  }),
};
