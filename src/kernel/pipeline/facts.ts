import { v4 as uuidv4 } from 'uuid';
import type { Actor, AnyAggregate, DomainEvent } from '../aggregate.ts';
import { encodeEvent, type GivenMetadata, streamName } from '../codec.ts';
import type { AuditDeclaration } from '../endpoint.ts';
import type { Appended } from '../log.ts';
import { Request } from '../request.ts';
import type { Call } from './caller.ts';
import type { Deps } from './deps.ts';

const request = Request as unknown as AnyAggregate;

/** What a request counts for: the billable operation, its meter and its units. */
export interface Metering {
  readonly billable?: string | undefined;
  readonly meter?: string | undefined;
  readonly units?: number | undefined;
}

/** The metadata of every event of a call. Audit, metering and tracing all read it from here. */
export function metadataOf(
  call: Call,
  at: string,
  audit: { readonly action: string; readonly subject: string },
  metering: Metering = {},
): GivenMetadata {
  const { info, principal } = call;
  return {
    tenant: principal.tenant,
    actor: principal.actor,
    at,
    operation: call.endpoint,
    commandId: call.commandId,
    requestId: info.requestId,
    $correlationId: info.correlationId ?? info.requestId,
    $causationId: info.causationId ?? info.requestId,
    ...audit,
    ...defined({
      billable: metering.billable,
      meter: metering.meter,
      units: metering.units,
      source: info.sourceAddress,
      userAgent: info.userAgent,
      traceparent: info.traceparent,
    }),
  };
}

/** The call as facts tell of it: where it came from, and by what, is sealed under the caller's own key. @throws {StoreUnavailable} */
export async function originSealed({ ports }: Pick<Deps, 'ports'>, call: Call): Promise<Call> {
  const { actor, tenant } = call.principal;
  const seal = async (text: string | undefined): Promise<string | undefined> =>
    text === undefined ? undefined : ports.personal.seal(tenant, actor, text);
  const sourceAddress = await seal(call.info.sourceAddress);
  const userAgent = await seal(call.info.userAgent);
  return { ...call, info: { ...call.info, sourceAddress, userAgent } };
}

function defined<T extends Readonly<Record<string, unknown>>>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

/** The audit's words for a request; a subject that cannot be told from a bad input is empty. */
export function auditOf(
  audit: 'none' | AuditDeclaration<never>,
  input: unknown,
): { readonly action: string; readonly subject: string } {
  if (audit === 'none') return { action: '', subject: '' };
  return { action: audit.action, subject: (audit as AuditDeclaration<unknown>).subject(input) };
}

/** What the endpoint's audit adds to a fact: `body` is the answer, undefined where it was refused. */
export function detailsOf(
  audit: 'none' | AuditDeclaration<never>,
  input: unknown,
  body: unknown,
): { readonly details?: Readonly<Record<string, unknown>> } {
  if (audit === 'none' || audit.details === undefined) return {};
  return { details: (audit as AuditDeclaration<unknown>).details?.(input, body) ?? {} };
}

/** Appends one fact about a request that changed no aggregate, to its tenant's stream of the day. */
export async function appendFact(
  deps: Pick<Deps, 'facts' | 'ports'>,
  call: Call,
  event: DomainEvent,
  options: { readonly at: string; readonly metering?: Metering },
): Promise<Appended> {
  const { action, subject } = event.data as { action: string; subject: string };
  const metadata = metadataOf(await originSealed(deps, call), options.at, { action, subject }, options.metering);
  const stream = streamName(request.name, call.principal.tenant, options.at.slice(0, 10));
  // Each request is a fact of its own, also where many carry one idempotency key: so the id is not of the command.
  return deps.facts.append(stream, encodeEvent(request, event, uuidv4(), metadata));
}

/** Who nobody is. */
export const anonymous: Actor = { type: 'anonymous', id: 'anonymous' };
