import type { Rejection } from '../rejection.ts';
import { Request } from '../request.ts';
import type { Answer, AnyEndpoint } from './answer.ts';
import { type Call, contextOf } from './caller.ts';
import type { Deps } from './deps.ts';
import { appendFact, auditOf, detailsOf, type Metering } from './facts.ts';
import { refusal } from './gatekeeper.ts';

/** Statuses of the refusals every command may meet besides its own. */
const ownRejections: Readonly<Record<string, number>> = {
  Conflict: 409,
  IdempotencyKeyReused: 422,
  AlreadyRevealed: 409,
  TenantMismatch: 403,
};

/** Appends that it was answered, before the answer leaves: an answer that cannot be audited is not given. */
export async function answered(
  deps: Deps,
  endpoint: AnyEndpoint,
  call: Call,
  given: { readonly input: unknown; readonly body: unknown; readonly metering: Metering },
): Promise<Answer> {
  const status = endpoint.status ?? 200;
  const fact = Request.events.Answered({
    operation: endpoint.name,
    ...auditOf(endpoint.controls.audit, given.input),
    ...detailsOf(endpoint.controls.audit, given.input, given.body),
    status,
    ofTenant: otherTenant(endpoint, call, given.input),
  });
  const at = contextOf(call, deps.clock.now(), '').now;
  const { position } = await appendFact(deps, call, fact, { at, metering: given.metering });
  return { status, body: given.body, position };
}

function otherTenant(endpoint: AnyEndpoint, { principal }: Call, input: unknown): string | undefined {
  const tenant = endpoint.kind === 'query' ? endpoint.tenant?.(input) : undefined;
  return tenant === principal.tenant ? undefined : tenant;
}

export async function refused(
  deps: Deps,
  endpoint: AnyEndpoint,
  call: Call,
  given: { readonly input: unknown; readonly rejection: Rejection },
): Promise<Answer> {
  const { code, detail, facts } = given.rejection;
  const status = endpoint.rejections?.[code] ?? ownRejections[code] ?? 500;
  const answer = refusal(status, code, detail ?? code, facts === undefined ? {} : { facts });
  return deny(deps, endpoint, call, { input: given.input, refused: answer });
}

/** Appends that it was refused or denied. 404 is a denial: an unknown id and another tenant's are the same. */
export async function deny(
  deps: Deps,
  endpoint: AnyEndpoint,
  call: Call,
  given: { readonly input: unknown; readonly refused: Answer },
): Promise<Answer> {
  const { refused } = given;
  const fact = {
    operation: endpoint.name,
    ...auditOf(endpoint.controls.audit, given.input),
    ...detailsOf(endpoint.controls.audit, given.input, undefined),
    status: refused.status,
    code: refused.rejection?.code ?? 'Refused',
  };
  const event = refused.status < 409 ? Request.events.Denied(fact) : Request.events.Refused(fact);
  const { position } = await appendFact(deps, call, event, { at: contextOf(call, deps.clock.now(), '').now });
  return { ...refused, position };
}
