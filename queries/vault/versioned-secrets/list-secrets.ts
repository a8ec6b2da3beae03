import { z } from 'zod';
import { secretsAsOf } from '../../../src/domain/vault/versioned-secrets/as-of.ts';
import { SecretSummary, secretSummary } from '../../../src/domain/vault/versioned-secrets/secret-summary.ts';
import { Instant } from '../../../src/kernel/instant.ts';
import { query } from '../../../src/kernel/query.ts';
import { type Sql, sql } from '../../../src/kernel/sql.ts';

export const listSecrets = query({
  name: 'vault.listSecrets',
  summary:
    'Lists secrets by their ids, without values; prefix narrows the list, asOf tells it as it was at an instant.',
  route: 'GET /vault/v1/versioned-secrets',
  aliases: ['GET /v1/versioned-secrets'],
  input: z.strictObject({
    prefix: z
      .string()
      .max(200)
      .regex(/^[A-Za-z0-9._~/-]*$/)
      .default(''),
    asOf: Instant.optional(),
  }),
  output: z.object({ secrets: z.array(SecretSummary) }),
  controls: { permission: 'vault.secret.read', audit: 'none' },
  reads: ['vault_secrets', 'vault_secret_versions', 'vault_secret_policies'],
  page: { by: ['secret_id'], direction: 'asc', defaultLimit: 100, maxLimit: 1_000 },
  run: ({ prefix, asOf }, { tenant }) =>
    sql`select * from (${secretsAsOf({ tenant, asOf })}) as secrets where ${startsWith(prefix)}`,
  respond: (rows) => ({ secrets: rows.map(secretSummary) }),
});

/** As a range of the ids' order by code points, which a plan made for any prefix finds in the index. */
function startsWith(prefix: string): Sql {
  if (prefix === '') return sql`true`;
  const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
  return sql`secret_id >= ${prefix} and secret_id < ${end}`;
}
