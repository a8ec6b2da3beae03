import { z } from 'zod';
import { ExecutionId } from '../../../src/domain/audit/retention/fields.ts';
import { ShownRun, shownRun } from '../../../src/domain/audit/retention/shown.ts';
import { query } from '../../../src/kernel/query.ts';
import { reject } from '../../../src/kernel/rejection.ts';
import { sql } from '../../../src/kernel/sql.ts';

export const getRetentionRun = query({
  name: 'audit.getRetentionRun',
  summary: 'Shows a cleanup: how far it is, and what it took.',
  route: 'GET /audit/v1/retention/executions/:executionId',
  aliases: ['GET /v1/retention/executions/:executionId'],
  input: z.strictObject({ executionId: ExecutionId }),
  output: ShownRun,
  controls: { permission: 'audit.retention.read', audit: 'none' },
  reads: 'audit_retention_runs',
  rejections: { RetentionRunNotFound: 404 },
  run: ({ executionId }, { tenant }) =>
    sql`select * from audit_retention_runs where tenant_id = ${tenant} and run_id = ${executionId}`,
  respond: ([row], { executionId }) =>
    row === undefined
      ? reject('RetentionRunNotFound', `There is no cleanup ${executionId}, or it found nothing to do.`)
      : shownRun(row),
});
