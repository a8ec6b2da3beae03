import { z } from 'zod';
import { PolicyId } from '../../../src/domain/audit/retention/fields.ts';
import { count, policyNotFound, selectionNow } from '../../../src/domain/audit/retention/lookups.ts';
import { RetentionPolicy } from '../../../src/domain/audit/retention/retention-policy.ts';
import { operation } from '../../../src/kernel/operation.ts';

const instant = z.string().nullable();

export const previewCleanup = operation({
  name: 'audit.previewCleanup',
  summary: 'Tells what a cleanup by this policy would take now, by the very question the cleanup asks.',
  route: 'POST /audit/v1/retention/preview',
  aliases: ['POST /v1/retention/preview'],
  input: z.strictObject({ policyId: PolicyId }),
  output: z.object({
    policyId: PolicyId,
    eventsAffected: z.int().min(0),
    oldestEventDate: instant,
    newestEventDate: instant,
    sizeBytes: z.int().min(0),
  }),
  controls: {
    effect: 'read',
    permission: 'audit.retention.read',
    audit: { action: 'audit.retention.preview', subject: (input) => input.policyId },
  },
  aggregate: RetentionPolicy,
  stream: ({ policyId }) => policyId,
  reads: 'audit_log',
  rejections: { RetentionPolicyNotFound: 404 },
  perform: async ({ status, terms }, { policyId }, { now, ports, tenant }) => {
    if (status !== 'active' || terms === undefined) return policyNotFound(policyId);
    const { bytes, newest, oldest, selected } = await count(ports, await selectionNow(ports, { now, tenant }, terms));
    return {
      policyId,
      eventsAffected: selected,
      oldestEventDate: oldest,
      newestEventDate: newest,
      sizeBytes: bytes,
    };
  },
});
