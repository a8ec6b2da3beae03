import { type Dialect, detailsOf, snakeCase } from './dialect.ts';

/** `error, message`, where the error is the code in snake case, such as `invalid_input`. */
export const tenantRegistry: Dialect = {
  name: 'tenant-registry',
  success: (body) => body,
  errorStatus: (status) => status,
  error: (failure) => ({
    error: snakeCase(failure.code),
    message: failure.message,
    details: detailsOf(failure),
    requestId: failure.requestId,
  }),
};
