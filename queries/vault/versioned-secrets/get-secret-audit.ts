import { z } from 'zod';
import { secretsAsOf } from '../../../src/domain/vault/versioned-secrets/as-of.ts';
import { ActorId, SecretId, Version } from '../../../src/domain/vault/versioned-secrets/fields.ts';
import { secretNotFound } from '../../../src/domain/vault/versioned-secrets/lookups.ts';
import { isoTime } from '../../../src/domain/vault/versioned-secrets/secret-summary.ts';
import { trailActions } from '../../../src/domain/vault/versioned-secrets/trail.ts';
import { Instant } from '../../../src/kernel/instant.ts';
import { query, type Row } from '../../../src/kernel/query.ts';
import { sql } from '../../../src/kernel/sql.ts';

const event = z.object({
  eventId: z.string(),
  action: z.string(),
  /** null where it concerns the secret as a whole. */
  version: Version.nullable(),
  actor: z.string(),
  actorType: z.string(),
  timestamp: z.string(),
  sourceAddress: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
});

export const getSecretAudit = query({
  name: 'vault.getSecretAudit',
  summary:
    'Lists what was done to a secret, newest first: changes, reads, and what was refused or denied (then details.attempted says what was tried).',
  route: 'GET /vault/v1/versioned-secrets/:secretId/audit',
  aliases: ['GET /v1/versioned-secrets/:secretId/audit'],
  input: z.strictObject({
    secretId: SecretId,
    action: z.enum(trailActions).optional(),
    actor: ActorId.optional(),
    asOf: Instant.optional(),
  }),
  output: z.object({ secretId: SecretId, events: z.array(event) }),
  controls: {
    permission: 'vault.secret.read',
    audit: { action: 'vault.secret.read-trail', subject: (input) => input.secretId },
  },
  reads: ['vault_secret_trail', 'vault_secrets'],
  rejections: { SecretNotFound: 404 },
  page: { by: ['position', 'revision'], direction: 'desc', defaultLimit: 100, maxLimit: 1_000 },
  parent: {
    run: ({ secretId }, { tenant }) => secretsAsOf({ tenant, asOf: undefined, secretId }),
    missing: ({ secretId }) => secretNotFound(secretId),
  },
  run: ({ secretId, action, actor, asOf }, { tenant }) => sql`
    select position, revision, event_id, action, version, actor, actor_type, at, source, details
    from vault_secret_trail
    where tenant_id = ${tenant} and secret_id = ${secretId} and at <= ${asOf ?? 'infinity'}::timestamptz
      and exists (select 1 from vault_secrets where tenant_id = ${tenant} and secret_id = ${secretId})
      and (${action}::text is null or action = ${action}) and (${actor}::text is null or actor = ${actor})`,
  respond: (rows, { secretId }) => ({ secretId, events: rows.map(toEvent) }),
});

function toEvent(row: Row): z.input<typeof event> {
  return {
    eventId: row['event_id'] as string,
    action: row['action'] as string,
    version: row['version'] as number | null,
    actor: row['actor'] as string,
    actorType: row['actor_type'] as string,
    timestamp: isoTime(row['at']),
    sourceAddress: row['source'] as string | null,
    details: row['details'] as Record<string, unknown>,
  };
}
