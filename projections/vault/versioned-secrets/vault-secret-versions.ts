import { Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { versionMetadata } from '../../../src/domain/vault/versioned-secrets/written-metadata.ts';
import { projection } from '../../../src/kernel/projection.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { when } from '../../../src/kernel/when.ts';

/** vault_secret_versions: one row a version, with the times at which its state changed, so that it can be read as of any. */
export const vaultSecretVersions = projection({
  name: 'vault_secret_versions',
  version: 1,
  table: `
    create table vault_secret_versions (
      tenant_id text not null,
      secret_id text collate "C" not null,
      version int not null,
      bytes int not null,
      metadata jsonb not null,
      created_at timestamptz not null,
      created_by text not null,
      deprecated_at timestamptz,
      destroyed_at timestamptz,
      certified_at timestamptz,
      primary key (tenant_id, secret_id, version)
    );
    create index vault_secret_versions_live on vault_secret_versions (tenant_id, secret_id, version)
      where destroyed_at is null;`,
  on: when(Secret, {
    VersionAdded: (added, { tenant, at, actor }) => [
      sql`
        insert into vault_secret_versions (tenant_id, secret_id, version, bytes, metadata, created_at, created_by)
        values (${tenant}, ${added.secretId}, ${added.version}, ${added.bytes}, ${versionMetadata(added, { actor })},
          ${at}, ${actor.id})`,
    ],
    VersionDeprecated: ({ secretId, version }, { tenant, at }) => [
      sql`
        update vault_secret_versions set deprecated_at = ${at}
        where tenant_id = ${tenant} and secret_id = ${secretId} and version = ${version}`,
    ],
    VersionDestroyed: ({ secretId, version }, { tenant, at }) => [
      sql`
        update vault_secret_versions set destroyed_at = ${at}
        where tenant_id = ${tenant} and secret_id = ${secretId} and version = ${version}`,
    ],
    DestructionRecorded: ({ secretId, version }, { tenant, at }) => [
      sql`
        update vault_secret_versions set certified_at = ${at}
        where tenant_id = ${tenant} and secret_id = ${secretId} and version = ${version}`,
    ],
  }),
});
