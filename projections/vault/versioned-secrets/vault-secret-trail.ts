import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import { Secret } from '../../../src/domain/vault/versioned-secrets/secret.ts';
import { actionOf, isAboutSecrets } from '../../../src/domain/vault/versioned-secrets/trail.ts';
import type { Fact } from '../../../src/kernel/aggregate.ts';
import { projection } from '../../../src/kernel/projection.ts';
import { Request } from '../../../src/kernel/request.ts';
import { type Sql, sql } from '../../../src/kernel/sql.ts';
import { when } from '../../../src/kernel/when.ts';

interface Entry {
  readonly secretId: string;
  readonly action: string;
  readonly version?: number | undefined;
  readonly details?: Readonly<Record<string, unknown>>;
}

interface Asked {
  readonly action: string;
  readonly subject: string;
  readonly status: number;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * vault_secret_trail: one row for each thing done to a secret, asked of it, or tried and refused. What was asked goes when retention takes
 * its day; what was done stays. `day` is empty for what was done.
 */
export const vaultSecretTrail = projection({
  name: 'vault_secret_trail',
  version: 2,
  table: `
    create table vault_secret_trail (
      tenant_id text not null,
      secret_id text collate "C" not null,
      position bigint not null,
      revision int not null,
      event_id uuid not null,
      action text not null,
      version int,
      actor text not null,
      actor_type text not null,
      at timestamptz not null,
      source text,
      day text not null,
      details jsonb not null,
      primary key (tenant_id, secret_id, position, revision)
    );
    create index vault_secret_trail_day on vault_secret_trail (tenant_id, day) where day <> '';`,
  on: [
    when(Secret, {
      VersionAdded: ({ secretId, version, origin, metadata }, fact) =>
        origin.kind === 'written'
          ? entry(fact, { secretId, action: 'created', version, details: known({ reason: metadata.reason }) })
          : entry(fact, {
              secretId,
              action: 'rollback',
              version,
              details: known({ reason: metadata.reason, rolledBackFrom: origin.from, rolledBackTo: origin.to }),
            }),
      VersionDeprecated: ({ secretId, version, reason }, fact) =>
        entry(fact, { secretId, action: 'deprecated', version, details: known({ reason }) }),
      VersionDestroyed: ({ secretId, version, reason, cause }, fact) =>
        entry(fact, { secretId, action: 'destroyed', version, details: known({ reason, cause }) }),
      RetentionPolicySet: ({ secretId, policy }, fact) =>
        entry(fact, { secretId, action: 'retention-set', details: known({ ...policy }) }),
      DestructionRecorded: ({ secretId, version }, fact) =>
        entry(fact, { secretId, action: 'destruction-certified', version }),
    }),
    when(Request, {
      Answered: (asked, fact) => requested(fact, asked, actionOf(asked.action)),
      Refused: (asked, fact) => requested(fact, asked, 'refused', asked.code),
      // What is not there was not kept from anybody: a certificate that is asked for too early is no denial.
      Denied: (asked, fact) => requested(fact, asked, asked.status === 404 ? 'refused' : 'denied', asked.code),
    }),
    when(RetentionRun, {
      RequestsExpired: ({ day }, { tenant }) => [
        sql`delete from vault_secret_trail where tenant_id = ${tenant} and day = ${day}`,
      ],
    }),
  ],
});

function requested(fact: Fact, asked: Asked, action: string, code?: string): readonly Sql[] {
  if (!isAboutSecrets(asked)) return [];
  const { version, ...details } = asked.details ?? {};
  const refused = code === undefined ? {} : { attempted: actionOf(asked.action), code, status: asked.status };
  return entry(fact, {
    secretId: asked.subject,
    action,
    version: typeof version === 'number' ? version : undefined,
    details: { ...details, ...refused },
  });
}

function known(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
}

function entry(fact: Fact, { secretId, action, version, details = {} }: Entry): readonly Sql[] {
  const { tenant, position, revision, eventId, actor, at, metadata } = fact;
  const day = fact.stream.startsWith(`${Request.name}-`) ? fact.id : '';
  const source = typeof metadata['source'] === 'string' ? metadata['source'] : null;
  return [
    sql`
      insert into vault_secret_trail (tenant_id, secret_id, position, revision, event_id, action, version, actor, actor_type,
        at, source, day, details)
      values (${tenant}, ${secretId}, ${position}, ${revision}, ${eventId}, ${action}, ${version}, ${actor.id},
        ${actor.type}, ${at}, ${source}, ${day}, ${details})`,
  ];
}
