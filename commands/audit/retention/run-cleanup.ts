import { z } from 'zod';
import { ExecutionId, PolicyId, type RetentionTerms } from '../../../src/domain/audit/retention/fields.ts';
import {
  count,
  type Found,
  loadPolicy,
  policyNotFound,
  selectionNow,
} from '../../../src/domain/audit/retention/lookups.ts';
import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import { command } from '../../../src/kernel/command.ts';
import { reject } from '../../../src/kernel/rejection.ts';
import { type Sql, sql } from '../../../src/kernel/sql.ts';

/** What was found; without terms there is no such policy. */
interface Prepared extends Found {
  readonly terms: RetentionTerms | undefined;
  readonly cutoff: string;
  readonly size: number;
  /** A cleanup by this policy that has not ended. */
  readonly underWay: string | undefined;
}

const nothing = {
  terms: undefined,
  cutoff: '',
  size: 0,
  underWay: undefined,
  expired: 0,
  selected: 0,
  bytes: 0,
  oldest: null,
  newest: null,
};
const whole = z.int().min(0);

const selectRunning = (tenant: string, policyId: string): Sql => sql`
  select run_id from audit_retention_runs
  where tenant_id = ${tenant} and policy_id = ${policyId} and status = 'running' limit 1`;

export const runCleanup = command({
  name: 'audit.runCleanup',
  summary:
    'Starts to clean up by a policy: archives what has expired, then takes it from the audit. Counts are what it found; what a legal hold keeps is processed and not deleted. With dryRun nothing changes.',
  route: 'POST /audit/v1/retention/cleanup',
  aliases: ['POST /v1/retention/cleanup'],
  input: z.strictObject({ policyId: PolicyId, dryRun: z.boolean().default(false) }),
  output: z.object({
    executionId: ExecutionId,
    eventsProcessed: whole,
    eventsDeleted: whole,
    eventsArchived: whole,
    dryRun: z.boolean(),
  }),
  controls: {
    effect: 'remove',
    permission: 'audit.retention.manage',
    billable: 'audit.retention_cleanup',
    audit: {
      action: 'audit.retention.clean-up',
      subject: (input) => input.policyId,
      details: ({ dryRun }) => ({ dryRun }),
    },
  },
  aggregate: RetentionRun,
  stream: (_, { newId }) => newId('run'),
  rejections: { RetentionPolicyNotFound: 404, CleanupUnderWay: 409 },
  prepare: async (_, { policyId }, { now, ports, tenant }): Promise<Prepared> => {
    const { status, terms } = await loadPolicy(ports, tenant, policyId);
    if (status !== 'active' || terms === undefined) return nothing;
    const selection = await selectionNow(ports, { now, tenant }, terms);
    const [running] = await ports.read(tenant, selectRunning(tenant, policyId));
    const underWay = running === undefined ? undefined : String(running['run_id']);
    return { terms, underWay, cutoff: selection.cutoff, size: selection.size, ...(await count(ports, selection)) };
  },
  decide: (_, { dryRun, policyId }, { newId, prepared }) => {
    const { bytes, cutoff, selected, size, terms, underWay } = prepared;
    if (terms === undefined) return policyNotFound(policyId);
    if (dryRun || selected === 0) return [];
    if (underWay !== undefined) {
      return reject('CleanupUnderWay', `The cleanup ${underWay} by this policy goes on; wait for its end.`, {
        executionId: underWay,
      });
    }
    const expected = { entries: selected, bytes };
    return [RetentionRun.events.Started({ runId: newId('run'), policyId, policy: terms, cutoff, size, expected })];
  },
  respond: (_, { dryRun }, { context, prepared }) => ({
    executionId: context.newId('run'),
    eventsProcessed: prepared.expired,
    eventsDeleted: prepared.selected,
    eventsArchived: prepared.terms?.archiveConfig.enabled === true ? prepared.selected : 0,
    dryRun,
  }),
});
