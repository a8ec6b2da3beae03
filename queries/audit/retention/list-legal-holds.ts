import { z } from 'zod';
import { ShownHold, shownHold } from '../../../src/domain/audit/retention/shown.ts';
import { query } from '../../../src/kernel/query.ts';
import { sql } from '../../../src/kernel/sql.ts';

export const listLegalHolds = query({
  name: 'audit.listLegalHolds',
  summary: 'Lists the legal holds in force; with released also those that were released or have expired.',
  route: 'GET /audit/v1/retention/holds',
  aliases: ['GET /v1/retention/holds'],
  input: z.strictObject({
    released: z
      .enum(['true', 'false'])
      .default('false')
      .transform((text) => text === 'true'),
  }),
  output: z.object({ holds: z.array(ShownHold) }),
  controls: { permission: 'audit.hold.read', audit: 'none' },
  reads: 'audit_legal_holds',
  page: { by: ['placed_at', 'hold_id'], direction: 'asc', defaultLimit: 100, maxLimit: 500 },
  run: ({ released }, { now, tenant }) => sql`
    select * from audit_legal_holds where tenant_id = ${tenant}
      and (${released} or (released_at is null and (expires_at is null or expires_at > ${now}::timestamptz)))`,
  respond: (rows) => ({ holds: rows.map(shownHold) }),
});
