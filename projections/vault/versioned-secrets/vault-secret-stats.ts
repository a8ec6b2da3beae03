import { Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { projection } from '../../../src/kernel/projection.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { when } from '../../../src/kernel/when.ts';

/** vault_secret_stats: one row a tenant, counting its secrets and their versions by state. */
export const vaultSecretStats = projection({
  name: 'vault_secret_stats',
  version: 1,
  table: `
    create table vault_secret_stats (
      tenant_id text not null,
      secrets int not null,
      active int not null,
      deprecated int not null,
      destroyed int not null,
      primary key (tenant_id)
    );`,
  on: when(Secret, {
    VersionAdded: ({ version }, { tenant }) => [
      sql`
        insert into vault_secret_stats as stats (tenant_id, secrets, active, deprecated, destroyed)
        values (${tenant}, 1, 1, 0, 0)
        on conflict (tenant_id) do update
        set secrets = stats.secrets + ${version === 1 ? 1 : 0}, active = stats.active + 1`,
    ],
    VersionDeprecated: (_, { tenant }) => [
      sql`
        update vault_secret_stats set active = active - 1, deprecated = deprecated + 1 where tenant_id = ${tenant}`,
    ],
    VersionDestroyed: ({ from }, { tenant }) => [
      sql`
        update vault_secret_stats
        set active = active - ${from === 'active' ? 1 : 0}, deprecated = deprecated - ${from === 'deprecated' ? 1 : 0},
          destroyed = destroyed + 1
        where tenant_id = ${tenant}`,
    ],
  }),
});
