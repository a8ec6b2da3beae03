import { Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { projection } from '../../../src/kernel/projection.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { when } from '../../../src/kernel/when.ts';

/** vault_secret_policies: one row for each retention policy ever set, for reads as of an earlier time. */
export const vaultSecretPolicies = projection({
  name: 'vault_secret_policies',
  version: 1,
  table: `
    create table vault_secret_policies (
      tenant_id text not null,
      secret_id text collate "C" not null,
      revision int not null,
      set_at timestamptz not null,
      set_by text not null,
      max_versions int,
      delete_after text,
      auto_destroy boolean not null,
      primary key (tenant_id, secret_id, revision)
    );`,
  on: when(Secret, {
    RetentionPolicySet: ({ secretId, policy }, { tenant, at, actor, revision }) => [
      sql`
        insert into vault_secret_policies (tenant_id, secret_id, revision, set_at, set_by, max_versions, delete_after,
          auto_destroy)
        values (${tenant}, ${secretId}, ${revision}, ${at}, ${actor.id}, ${policy.maxVersions}, ${policy.deleteAfter},
          ${policy.autoDestroy})`,
    ],
  }),
});
