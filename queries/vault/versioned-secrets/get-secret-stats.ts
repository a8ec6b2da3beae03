import { z } from 'zod';
import { versionsAsOf } from '../../../src/domain/vault/versioned-secrets/as-of.ts';
import { Instant } from '../../../src/kernel/instant.ts';
import { query } from '../../../src/kernel/query.ts';
import { sql } from '../../../src/kernel/sql.ts';

const count = z.int().min(0);

export const getSecretStats = query({
  name: 'vault.getSecretStats',
  summary: 'Counts secrets, and their versions by state; asOf counts as it was at an instant.',
  route: 'GET /vault/v1/versioned-secrets/stats',
  aliases: ['GET /v1/versioned-secrets/stats'],
  input: z.strictObject({ asOf: Instant.optional() }),
  output: z.object({
    totalSecrets: count,
    totalVersions: count,
    averageVersionsPerSecret: z.number(),
    byState: z.object({ active: count, deprecated: count, destroyed: count }),
  }),
  controls: { permission: 'vault.secret.read', audit: 'none' },
  reads: ['vault_secret_stats', 'vault_secret_versions'],
  run: ({ asOf }, { tenant }) =>
    asOf === undefined
      ? sql`select secrets, active, deprecated, destroyed from vault_secret_stats where tenant_id = ${tenant}`
      : sql`
        select count(distinct secret_id)::int as secrets,
          count(*) filter (where state = 'active')::int as active,
          count(*) filter (where state = 'deprecated')::int as deprecated,
          count(*) filter (where state = 'destroyed')::int as destroyed
        from (${versionsAsOf({ tenant, asOf })}) as versions`,
  respond: ([row = {}]) => {
    const number = (column: string): number => (row[column] as number | undefined) ?? 0;
    const byState = { active: number('active'), deprecated: number('deprecated'), destroyed: number('destroyed') };
    const totalVersions = byState.active + byState.deprecated + byState.destroyed;
    const totalSecrets = number('secrets');
    return {
      totalSecrets,
      totalVersions,
      averageVersionsPerSecret: totalSecrets === 0 ? 0 : Math.round((totalVersions / totalSecrets) * 100) / 100,
      byState,
    };
  },
});
