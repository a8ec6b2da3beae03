import { UnknownEventVersion } from '../../kernel/codec.ts';
import { LogUnavailable } from '../../kernel/log.ts';
import { StoreUnavailable } from '../../kernel/unavailable.ts';
import { isAway } from '../postgres/away.ts';
import { LeaseLost } from './leases.ts';

/**
 * SQLSTATE classes that say nothing about the event: connection (08), transaction state (25), rollback (40), resources (53), locks and
 * states (55), shutdown (57P), the system's own (58, XX).
 */
const passing = /^(08|25|40|53|55|57P|58|XX)/;

/** Whether the fault is in the event or its statements, so that trying again brings the same. */
export function isPoison(error: unknown): boolean {
  if (error instanceof LeaseLost || error instanceof StoreUnavailable || error instanceof LogUnavailable) return false;
  const code = (error as { code?: unknown } | null)?.code;
  return !isAway(error) && !(typeof code === 'string' && passing.test(code));
}

/** Whether this process cannot go on with the table set, however long it waits. */
export function isFinal(error: unknown): boolean {
  return error instanceof LeaseLost || error instanceof UnknownEventVersion;
}
