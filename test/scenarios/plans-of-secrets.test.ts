import { expect } from 'chai';
import pg from 'pg';
import { vaultSecretPolicies } from '../../projections/vault/versioned-secrets/vault-secret-policies.ts';
import { vaultSecretTrail } from '../../projections/vault/versioned-secrets/vault-secret-trail.ts';
import { vaultSecretVersions } from '../../projections/vault/versioned-secrets/vault-secret-versions.ts';
import { vaultSecrets } from '../../projections/vault/versioned-secrets/vault-secrets.ts';
import { getSecret } from '../../queries/vault/versioned-secrets/get-secret.ts';
import { getSecretAudit } from '../../queries/vault/versioned-secrets/get-secret-audit.ts';
import { getSecretHistory } from '../../queries/vault/versioned-secrets/get-secret-history.ts';
import { listSecrets } from '../../queries/vault/versioned-secrets/list-secrets.ts';
import { connectDatabase, type Database } from '../../src/adapters/postgres/database.ts';
import { kernelMigrations } from '../../src/adapters/postgres/kernel-migrations.ts';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import { createTrack } from '../../src/adapters/projector/tracks.ts';
import { pageSql } from '../../src/kernel/pipeline/paging.ts';
import type { AnyQuery } from '../../src/kernel/query.ts';
import { rawSql } from '../../src/kernel/sql.ts';
import { sharedStores } from '../support/stores.ts';

const tenant = 'acme';
const secrets = 5_000;
/** In the order of the ids. */
const idOf = (n: number): string => `apps/${String(n).padStart(5, '0')}`;

const fill = `
  insert into read_models.vault_secrets
  select '${tenant}', 'apps/' || lpad(n::text, 5, '0'), 2, 1, 1, 0, now(), 'alice', now(), null, null, false
  from generate_series(0, ${secrets - 1}) n;
  insert into read_models.vault_secret_versions
  select '${tenant}', 'apps/' || lpad(n::text, 5, '0'), version, 400, '{}', now(), 'alice'
  from generate_series(0, ${secrets - 1}) n, generate_series(1, 2) version;
  insert into read_models.vault_secret_trail
  select '${tenant}', 'apps/' || lpad(n::text, 5, '0'), n * 2 + version, version, gen_random_uuid(), 'created', version,
    'alice', 'user', now(), null, '', '{}'
  from generate_series(0, ${secrets - 1}) n, generate_series(1, 2) version;
  analyze read_models.vault_secrets, read_models.vault_secret_versions, read_models.vault_secret_trail`;

interface PlanNode {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Rows that the plan has taken in its hand, at all of its nodes. */
function touched(node: PlanNode): number {
  const each =
    node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return each * node['Actual Loops'] + (node.Plans ?? []).reduce((sum, child) => sum + touched(child), 0);
}

describe('plans of the queries about secrets', () => {
  let owner: Database;
  let app: pg.Client;

  before(async () => {
    const { ownerUrl, url } = await sharedStores().freshDatabase();
    owner = connectDatabase(ownerUrl);
    const appRole = decodeURIComponent(new URL(url).username);
    await migrate(owner, appRole, kernelMigrations);
    for (const projection of [vaultSecrets, vaultSecretVersions, vaultSecretPolicies, vaultSecretTrail])
      await createTrack(owner, projection, { owner: 'test', appRole, state: 'live' });
    await owner.run(rawSql(fill));
    app = new pg.Client({ connectionString: url });
    await app.connect();
    await app.query(`set search_path = read_models; set keyledger.tenant = '${tenant}'`);
  });
  after(async () => {
    await app.end();
    await owner.close();
  });

  /** As the role that serves, with a plan made for these values and with one made for any: Postgres may take either. */
  async function touchedBy(query: AnyQuery, input: object, after?: readonly unknown[]): Promise<number[]> {
    const base = query.run(input as never, { tenant } as never);
    const { page } = query;
    const { text, values } =
      page === undefined ? base : pageSql(base, page, { limit: page.defaultLimit, offset: 0 }, after);
    const name = `of_${query.name.replace('.', '_')}`;
    await app.query(`prepare ${name} as ${text}`);
    const given = values.map((value) => (value === null ? 'null' : pg.escapeLiteral(String(value)))).join(', ');
    const rows: number[] = [];
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await app.query(`set plan_cache_mode = ${mode}`);
      const explained = await app.query(`explain (analyze, format json) execute ${name}(${given})`);
      rows.push(touched(explained.rows[0]['QUERY PLAN'][0].Plan));
    }
    await app.query(`deallocate ${name}`);
    return rows;
  }

  const late = idOf(secrets - 200);
  const cases: readonly [string, AnyQuery, object, (readonly unknown[])?][] = [
    ['one secret', getSecret as never, { secretId: late }],
    ['a history', getSecretHistory as never, { secretId: late }],
    ['what was done to a secret', getSecretAudit as never, { secretId: late }],
    ['the first page of the list', listSecrets as never, { prefix: '' }],
    ['a late page of the list', listSecrets as never, { prefix: '' }, [late]],
    ['a page of a late prefix', listSecrets as never, { prefix: 'apps/049' }],
    ['a prefix that none has', listSecrets as never, { prefix: 'apps/~' }],
  ];
  for (const [what, query, input, after] of cases)
    it(`take few rows in hand for ${what}`, async () => {
      for (const rows of await touchedBy(query, input, after)) expect(rows).to.be.below(secrets / 5);
    });
});
