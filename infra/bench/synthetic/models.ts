import type { AllStreamRecordedEvent } from '@eventstore/db-client';
import type pg from 'pg';
import { vaultSecretTrail } from '../../../projections/vault/versioned-secrets/vault-secret-trail.ts';
import { vaultSecretVersions } from '../../../projections/vault/versioned-secrets/vault-secret-versions.ts';
import type { Projection } from '../../../src/kernel/projection.ts';

/** Writes the rows of one read model, past all of ours. */
export interface BareWriter {
  take(event: AllStreamRecordedEvent): void;
  flush(): Promise<void>;
}

interface Model {
  readonly projection: Projection;
  readonly bare: (database: pg.Client) => BareWriter;
}

type Json = Readonly<Record<string, unknown>>;
type Row = readonly unknown[];

/** What is written for one kind of row: one statement, an array a column. */
class Bulk {
  readonly #database: pg.Client;
  readonly #name: string;
  readonly #text: string;
  #rows: Row[] = [];

  constructor(database: pg.Client, name: string, text: string) {
    this.#database = database;
    this.#name = name;
    this.#text = text;
  }

  add(row: Row): void {
    this.#rows.push(row);
  }

  async flush(): Promise<void> {
    const [first] = this.#rows;
    if (first === undefined) return;
    const values = first.map((_, column) => this.#rows.map((row) => row[column]));
    this.#rows = [];
    await this.#database.query({ name: this.#name, text: this.#text, values });
  }
}

const changed = (column: string): string => `
  update vault_secret_versions v set ${column} = u.at
  from unnest($1::text[], $2::text[], $3::int[], $4::timestamptz[]) u (tenant, secret, version, at)
  where tenant_id = tenant and secret_id = secret and v.version = u.version`;

function versionsWriter(database: pg.Client): BareWriter {
  const added = new Bulk(
    database,
    'added',
    `insert into vault_secret_versions (tenant_id, secret_id, version, bytes, metadata, created_at, created_by)
    select * from unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::jsonb[], $6::timestamptz[], $7::text[])`,
  );
  const changes: Readonly<Record<string, Bulk>> = {
    'vault.Secret.VersionDeprecated': new Bulk(database, 'deprecated', changed('deprecated_at')),
    'vault.Secret.VersionDestroyed': new Bulk(database, 'destroyed', changed('destroyed_at')),
  };
  return {
    take: ({ data, metadata, type }) => {
      const { bytes, metadata: told, secretId, version } = data as Json;
      const { actor, at, tenant } = metadata as Json & { readonly actor: { readonly id: string } };
      if (type === 'vault.Secret.VersionAdded') {
        const shown = JSON.stringify({ ...(told as Json), changedBy: actor.id });
        added.add([tenant, secretId, version, bytes, shown, at, actor.id]);
      } else changes[type]?.add([tenant, secretId, version, at]);
    },
    flush: async () => {
      await added.flush();
      for (const bulk of Object.values(changes)) await bulk.flush();
    },
  };
}

const words: Readonly<Record<string, string>> = {
  'vault.Secret.VersionAdded': 'created',
  'vault.Secret.VersionDeprecated': 'deprecated',
  'vault.Secret.VersionDestroyed': 'destroyed',
  'audit.Request.Answered': 'read',
};

function trailWriter(database: pg.Client): BareWriter {
  const bulk = new Bulk(
    database,
    'trail',
    `insert into vault_secret_trail (tenant_id, secret_id, position, revision, event_id, action, version, actor,
      actor_type, at, source, day, details)
    select * from unnest($1::text[], $2::text[], $3::bigint[], $4::int[], $5::uuid[], $6::text[], $7::int[], $8::text[],
      $9::text[], $10::timestamptz[], $11::text[], $12::text[], $13::jsonb[])`,
  );
  return {
    take: ({ data, id, metadata, position, revision, streamId, type }) => {
      const action = words[type];
      if (action === undefined) return;
      const told = data as Json & { readonly metadata?: Json; readonly details?: Json };
      const { actor, at, source, tenant } = metadata as Json & { readonly actor: Json };
      const { cause } = told as Json;
      const { version, ...details } = action === 'read' ? (told.details ?? {}) : { version: told['version'], cause };
      const secretId = told['secretId'] ?? told['subject'];
      const day = action === 'read' ? streamId.slice(streamId.indexOf('.', streamId.indexOf('-')) + 1) : '';
      const place = [String(position?.commit), Number(revision), id];
      const shown = JSON.stringify({ reason: told.metadata?.['reason'], ...details });
      bulk.add([tenant, secretId, ...place, action, version, actor['id'], actor['type'], at, source, day, shown]);
    },
    flush: () => bulk.flush(),
  };
}

/** The read models that are rebuilt, each with a writer that does nothing but write their rows. */
export const models = {
  vault_secret_versions: { projection: vaultSecretVersions, bare: versionsWriter },
  vault_secret_trail: { projection: vaultSecretTrail, bare: trailWriter },
} as const satisfies Readonly<Record<string, Model>>;
export type ModelName = keyof typeof models;
