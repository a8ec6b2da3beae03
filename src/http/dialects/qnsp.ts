import { STATUS_CODES } from 'node:http';
import { type Dialect, detailsOf, type Failure } from './dialect.ts';

/** `statusCode, error, message, details, requestId, timestamp`; bodies as the endpoint gives them. */
export const qnsp: Dialect = {
  name: 'qnsp',
  cursorField: 'nextCursor',
  success: (body) => body,
  errorStatus: (status) => status,
  error: qnspError,
};

export function qnspError(failure: Failure): Readonly<Record<string, unknown>> {
  return {
    statusCode: failure.status,
    error: (STATUS_CODES[failure.status] ?? 'Error').toUpperCase().replaceAll(/[^A-Z]+/g, '_'),
    message: failure.message,
    details: detailsOf(failure),
    requestId: failure.requestId,
    timestamp: failure.timestamp,
    ...(failure.requiredTier === undefined ? {} : { requiredTier: failure.requiredTier }),
  };
}
