import { StoreUnavailable } from '../../kernel/unavailable.ts';

/** Failures of the connection, not of the statement: classes 08, 57P and 53, and the socket's own. */
const awayStates = /^(08|57P0|53)/;
const awayCodes = /^E(CONN|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN)/;
const awayMessages = /Connection terminated|timeout exceeded when trying to connect|not queryable|Client was closed/;

/** Whether the database, not the statement, is at fault. */
export function isAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if (error instanceof AggregateError) return error.errors.some(isAway);
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (
    (typeof code === 'string' && (awayStates.test(code) || awayCodes.test(code))) ||
    (typeof message === 'string' && awayMessages.test(message))
  );
}

/** Runs work on the database. @throws {StoreUnavailable} it is away */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isAway(error)) throw new StoreUnavailable('the database cannot be reached', { cause: error });
    throw error;
  }
}
