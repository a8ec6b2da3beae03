import { applySecretRetention } from '../../../../commands/vault/versioned-secrets/apply-secret-retention.ts';
import { sql } from '../../../kernel/sql.ts';
import { schedule } from '../../../kernel/worker.ts';

/** Every ten minutes: the secrets whose policy says autoDestroy and no longer keeps all that they have. */
export const applyRetention = schedule({
  name: 'vault.apply-retention',
  cron: '*/10 * * * *',
  due: (now) => sql`
    select tenant_id, secret_id from vault_secrets as secret
    where auto_destroy and (
      active + deprecated > max_versions
      or exists (
        select 1 from vault_secret_versions as version
        where version.tenant_id = secret.tenant_id and version.secret_id = secret.secret_id and version.destroyed_at is null
          and version.created_at <= (${now}::timestamptz at time zone 'UTC' - secret.delete_after::interval) at time zone 'UTC'
          and version.version < (
            select max(newest.version) from vault_secret_versions as newest
            where newest.tenant_id = secret.tenant_id and newest.secret_id = secret.secret_id
              and newest.destroyed_at is null
          )
      )
    )
    order by tenant_id, secret_id`,
  command: applySecretRetention,
  input: (row) => ({ secretId: row['secret_id'] }),
  occurrence: (row, now) => `${String(row['tenant_id'])}/${String(row['secret_id'])}/${now.slice(0, 15)}`,
});
