import { Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { projection } from '../../../src/kernel/projection.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { when } from '../../../src/kernel/when.ts';

/** vault_secrets: one row a secret, as it is now: for lists and for the retention schedule. */
export const vaultSecrets = projection({
  name: 'vault_secrets',
  version: 1,
  table: `
    create table vault_secrets (
      tenant_id text not null,
      secret_id text collate "C" not null,
      current_version int not null,
      active int not null,
      deprecated int not null,
      destroyed int not null,
      created_at timestamptz not null,
      created_by text not null,
      updated_at timestamptz not null,
      max_versions int,
      delete_after text,
      auto_destroy boolean not null,
      primary key (tenant_id, secret_id)
    );
    create index vault_secrets_auto_destroy on vault_secrets (tenant_id, secret_id) where auto_destroy;`,
  on: when(Secret, {
    VersionAdded: ({ secretId, version }, { tenant, at, actor }) => [
      sql`
        insert into vault_secrets as secret (tenant_id, secret_id, current_version, active, deprecated, destroyed,
          created_at, created_by, updated_at, auto_destroy)
        values (${tenant}, ${secretId}, ${version}, 1, 0, 0, ${at}, ${actor.id}, ${at}, false)
        on conflict (tenant_id, secret_id) do update
        set current_version = excluded.current_version, active = secret.active + 1,
          updated_at = excluded.updated_at`,
    ],
    VersionDeprecated: ({ secretId }, { tenant, at }) => [
      sql`
        update vault_secrets set active = active - 1, deprecated = deprecated + 1, updated_at = ${at}
        where tenant_id = ${tenant} and secret_id = ${secretId}`,
    ],
    VersionDestroyed: ({ secretId, from }, { tenant, at }) => [
      sql`
        update vault_secrets
        set active = active - ${from === 'active' ? 1 : 0}, deprecated = deprecated - ${from === 'deprecated' ? 1 : 0},
          destroyed = destroyed + 1, updated_at = ${at}
        where tenant_id = ${tenant} and secret_id = ${secretId}`,
    ],
    RetentionPolicySet: ({ secretId, policy }, { tenant, at }) => [
      sql`
        update vault_secrets
        set max_versions = ${policy.maxVersions}, delete_after = ${policy.deleteAfter}, auto_destroy = ${policy.autoDestroy},
          updated_at = ${at}
        where tenant_id = ${tenant} and secret_id = ${secretId}`,
    ],
  }),
});
