import type { AnyAggregate } from '../../../kernel/aggregate.ts';
import { evolveOne } from '../../../kernel/aggregate.ts';
import { decodeEvent } from '../../../kernel/codec.ts';
import { instantBefore } from '../../../kernel/duration.ts';
import type { Ports } from '../../../kernel/ports.ts';
import type { Row } from '../../../kernel/query.ts';
import { reject } from '../../../kernel/rejection.ts';
import { sql } from '../../../kernel/sql.ts';
import { entrySize } from './entry-size.ts';
import { Erasure, type ErasureState, type ErasureSubject, erasureId } from './erasure.ts';
import type { RetentionTerms } from './fields.ts';
import { type Hold, holdsId, inForce, LegalHold, type LegalHoldState } from './legal-hold.ts';
import { RetentionPolicy, type RetentionPolicyState } from './retention-policy.ts';
import { RetentionRun, type RetentionRunState } from './retention-run.ts';
import { expiredWhere, heldSql, type Selection, selectedWhere } from './selection.ts';

type Reading = Pick<Ports, 'read' | 'readStream'>;

async function fold<S>(ports: Reading, of: unknown, tenant: string, id: string): Promise<S> {
  const aggregate = of as AnyAggregate;
  let state = aggregate.initial();
  for await (const stored of ports.readStream(aggregate.name, tenant, id)) {
    const { event, fact } = decodeEvent(aggregate, stored);
    state = evolveOne(aggregate, state, event, fact);
  }
  return state as S;
}

/** A policy straight from the log. */
export function loadPolicy(ports: Reading, tenant: string, policyId: string): Promise<RetentionPolicyState> {
  return fold(ports, RetentionPolicy, tenant, policyId);
}

/** A run straight from the log. */
export function loadRun(ports: Reading, tenant: string, runId: string): Promise<RetentionRunState> {
  return fold(ports, RetentionRun, tenant, runId);
}

/** The holds in force, straight from the log. */
export async function loadHolds(ports: Reading, tenant: string, now: string): Promise<readonly Hold[]> {
  return inForce(await fold<LegalHoldState>(ports, LegalHold, tenant, holdsId), now);
}

/** Holds by their ids, in force or not, straight from the log. */
export async function loadPlaced(ports: Reading, tenant: string, ids: readonly string[]): Promise<readonly Hold[]> {
  if (ids.length === 0) return [];
  const placed: Hold[] = [];
  for await (const stored of ports.readStream(LegalHold.name, tenant, holdsId)) {
    const { event } = decodeEvent(LegalHold as unknown as AnyAggregate, stored);
    const { reason: _, ...hold } = event.data as Hold & { readonly reason: string };
    if (event.name === 'Placed' && ids.includes(hold.holdId)) placed.push(hold);
  }
  return placed;
}

/** The newest erasure of a subject's personal data, straight from the log. */
export function loadErasure(ports: Reading, tenant: string, subject: ErasureSubject): Promise<ErasureState> {
  return fold(ports, Erasure, tenant, erasureId(subject));
}

/**
 * Those of some holds that keep anything that was sealed under a subject's key: they name the subject, or hold an entry of what the
 * subject did or of logins that failed on the subject's account.
 */
export async function holdsOnSubject(
  ports: Reading,
  tenant: string,
  { subjectId, subjectType }: ErasureSubject,
  holds: readonly Hold[],
): Promise<readonly Hold[]> {
  const keeping: Hold[] = [];
  for (const hold of holds) {
    const [found] = await ports.read(
      tenant,
      sql`
        select from audit_entries
        where tenant_id = ${tenant} and (${heldSql(hold)}) and ((actor_type = ${subjectType} and actor_id = ${subjectId})
          or (actor_type = 'anonymous' and subject = ${subjectId}))
        limit 1`,
    );
    if (hold.scope.subjects.includes(subjectId) || found !== undefined) keeping.push(hold);
  }
  return keeping;
}

export function policyNotFound(policyId: string) {
  return reject('RetentionPolicyNotFound', `There is no retention policy ${policyId}, or it was removed.`);
}

/** What a policy selects now. */
export async function selectionNow(
  ports: Reading,
  { now, tenant }: { readonly now: string; readonly tenant: string },
  terms: RetentionTerms,
): Promise<Selection> {
  const [head] = await ports.read(tenant, sql`select size from audit_heads where tenant_id = ${tenant}`);
  return {
    tenant,
    scope: terms.scope,
    cutoff: instantBefore(now, terms.retentionPeriod),
    size: Number(head?.['size'] ?? 0),
    holds: await loadHolds(ports, tenant, now),
  };
}

/** What a selection comes to. */
export interface Found {
  /** Old enough and in scope, those under hold too. */
  readonly expired: number;
  readonly selected: number;
  readonly bytes: number;
  /** ISO 8601; null where nothing is selected. */
  readonly oldest: string | null;
  readonly newest: string | null;
}

/** Counts what a selection takes. Sizes are those of the rows' values. */
export async function count(ports: Reading, selection: Selection): Promise<Found> {
  const selected = selectedWhere(selection);
  const [row = {}] = await ports.read(
    selection.tenant,
    sql`
      select count(*)::int as expired, count(*) filter (where selected)::int as selected,
        coalesce(sum(size) filter (where selected), 0)::bigint as bytes,
        min(at) filter (where selected) as oldest, max(at) filter (where selected) as newest
      from (
        select at, ${entrySize} as size, ${selected} as selected
        from audit_entries where ${expiredWhere(selection)}
      ) as found`,
  );
  return foundFrom(row);
}

function foundFrom(row: Row): Found {
  return {
    expired: Number(row['expired'] ?? 0),
    selected: Number(row['selected'] ?? 0),
    bytes: Number(row['bytes'] ?? 0),
    oldest: (row['oldest'] ?? null) as string | null,
    newest: (row['newest'] ?? null) as string | null,
  };
}
