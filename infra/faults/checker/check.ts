import { deliveriesOnce, effectsOnce } from './effects.ts';
import { quotaRefusals, quotaSums } from './quota.ts';
import { auditChain, readModels } from './read-side.ts';
import { audited, noBugs, readYourPosition, values } from './reads.ts';
import type { Check, History, Violation } from './records.ts';
import { contiguous, realTimeOrder, writesOnce } from './writes.ts';

const checks: readonly Check[] = [
  writesOnce,
  realTimeOrder,
  contiguous,
  readYourPosition,
  values,
  audited,
  noBugs,
  effectsOnce,
  deliveriesOnce,
  quotaSums,
  quotaRefusals,
  readModels,
  auditChain,
];

/** Everything that does not hold in a history; empty for a sound one. Pure. */
export function violationsIn(history: History): readonly Violation[] {
  return checks.flatMap((check) => check(history));
}
