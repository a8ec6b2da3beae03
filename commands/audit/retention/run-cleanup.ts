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

/** What was found; without terms there is no such policy. */
interface Prepared extends Found {
  readonly terms: RetentionTerms | undefined;
  readonly cutoff: string;
  readonly size: number;
}

const nothing = {
  terms: undefined,
  cutoff: '',
  size: 0,
  expired: 0,
  selected: 0,
  bytes: 0,
  oldest: null,
  newest: null,
};
const whole = z.int().min(0);

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
  rejections: { RetentionPolicyNotFound: 404 },
  prepare: async (_, { policyId }, { now, ports, tenant }): Promise<Prepared> => {
    const { status, terms } = await loadPolicy(ports, tenant, policyId);
    if (status !== 'active' || terms === undefined) return nothing;
    const selection = await selectionNow(ports, { now, tenant }, terms);
    return { terms, cutoff: selection.cutoff, size: selection.size, ...(await count(ports, selection)) };
  },
  decide: (_, { dryRun, policyId }, { newId, prepared }) => {
    const { bytes, cutoff, selected, size, terms } = prepared;
    if (terms === undefined) return policyNotFound(policyId);
    if (dryRun || selected === 0) return [];
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
