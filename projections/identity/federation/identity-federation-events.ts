import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import { FederationEvent } from '../../../src/domain/identity/federation/federation-event.ts';
import { localProvider } from '../../../src/domain/identity/federation/fields.ts';
import { Session } from '../../../src/domain/identity/session.ts';
import type { Fact } from '../../../src/kernel/aggregate.ts';
import type { SealedPayload } from '../../../src/kernel/payload.ts';
import { projection } from '../../../src/kernel/projection.ts';
import { positionsOf } from '../../../src/kernel/proof/kept-leaves.ts';
import { Request } from '../../../src/kernel/request.ts';
import { type Sql, sql } from '../../../src/kernel/sql.ts';
import { when } from '../../../src/kernel/when.ts';

interface Entry {
  readonly eventType: string;
  readonly provider?: string;
  readonly userId: string;
  readonly outcome: 'success' | 'failure';
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly payload?: SealedPayload | undefined;
}

/** identity_federation_events: one row for what a provider claims, and for each login and logout of our own and their failures, until
 * retention takes them from the log. */
export const identityFederationEvents = projection({
  name: 'identity_federation_events',
  version: 2,
  table: `
    create table identity_federation_events (
      tenant_id text not null,
      position bigint not null,
      revision int not null,
      event_id uuid not null,
      event_type text not null,
      provider text not null,
      user_id text not null,
      outcome text not null,
      count int not null,
      at timestamptz not null,
      claimed_by text,
      source text,
      metadata jsonb not null,
      payload text,
      primary key (tenant_id, position, revision)
    );
    create index on identity_federation_events (tenant_id, at);
    create index on identity_federation_events (tenant_id, user_id, at);
    create index on identity_federation_events (tenant_id, event_id);`,
  on: [
    when(RetentionRun, {
      EntriesPruned: ({ payloads }, { tenant }) =>
        payloads === undefined
          ? []
          : [
              sql`
                delete from identity_federation_events
                where tenant_id = ${tenant} and event_id = any(${payloads.eventIds}::uuid[])`,
            ],
      LeavesKept: ({ leaves }, { tenant }) => [
        sql`
          delete from identity_federation_events
          where tenant_id = ${tenant} and position = any(${positionsOf(leaves)}::bigint[])`,
      ],
    }),
    when(FederationEvent, {
      Recorded: (event, fact) => row(fact, event, { claimedBy: `${fact.actor.type}/${fact.actor.id}` }),
    }),
    when(Session, {
      Opened: ({ sessionId, userId }, fact) =>
        row(fact, { eventType: 'login', userId, outcome: 'success', metadata: { sessionId } }),
      Closed: ({ reason, sessionId, userId }, fact) =>
        row(fact, { eventType: 'logout', userId, outcome: 'success', metadata: { sessionId, reason } }),
    }),
    when(Request, {
      Refused: (asked, fact) => failedLogin(asked, fact),
      Denied: (asked, fact) => failedLogin(asked, fact),
      // A sum names no account where the credential was a token, or of none of our users.
      CredentialsFailed: ({ count, minute, source, userId }, fact) =>
        row(
          fact,
          {
            eventType: userId === undefined ? 'authentication' : 'login',
            userId: userId ?? 'unknown',
            outcome: 'failure',
            metadata: { attempts: count, minute },
          },
          { count, source },
        ),
    }),
  ],
});

function failedLogin({ action, code }: { readonly action: string; readonly code: string }, fact: Fact): readonly Sql[] {
  if (action !== 'identity.session.open') return [];
  return row(fact, { eventType: 'login', userId: fact.actor.id, outcome: 'failure', metadata: { code } });
}

function row(
  { at, eventId, metadata: context, position, revision, tenant }: Fact,
  { eventType, metadata, outcome, payload, provider = localProvider, userId }: Entry,
  more: { readonly claimedBy?: string; readonly count?: number; readonly source?: string } = {},
): readonly Sql[] {
  const source = more.source ?? (typeof context['source'] === 'string' ? context['source'] : null);
  return [
    sql`
      insert into identity_federation_events (tenant_id, position, revision, event_id, event_type, provider, user_id, outcome,
        count, at, claimed_by, source, metadata, payload)
      values (${tenant}, ${position}, ${revision}, ${eventId}, ${eventType}, ${provider}, ${userId}, ${outcome},
        ${more.count ?? 1}, ${at}, ${more.claimedBy ?? null}, ${source}, ${metadata},
        ${payload?.sealed})`,
  ];
}
