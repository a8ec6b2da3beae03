import { v4 as uuidv4, v5 as uuidv5 } from 'uuid';
import type { AnyCommand } from '../command.ts';
import type { CommandControls, Context } from '../endpoint.ts';
import type { RequestInfo } from '../ports.ts';
import { type Principal, platformTenant } from '../principal.ts';

/** Namespace of command ids (a fixed random UUID; RFC 9562 §5.5). */
const commandNamespace = '6f1d7f3a-4a0e-5c83-9a52-9d1c3a6c1b57';

/** One request on its way through the pipeline. */
export interface Call {
  readonly endpoint: string;
  readonly principal: Principal;
  readonly info: RequestInfo;
  readonly commandId: string;
}

/**
 * A call by a principal. With an idempotency key the command's id is a function of tenant, caller, endpoint and key, so that a retry is
 * the same command; the same key elsewhere is another one.
 */
export function callOf(endpoint: string, principal: Principal, info: RequestInfo): Call {
  const { actor, tenant } = principal;
  const commandId =
    info.idempotencyKey === undefined
      ? uuidv4()
      : uuidv5(JSON.stringify([tenant, actor.type, actor.id, endpoint, info.idempotencyKey]), commandNamespace);
  return { endpoint, principal, info, commandId };
}

/**
 * The call as it writes: in the caller's tenant, or where a command of the platform says that it acts. There the caller's id names
 * the platform, so that it cannot be taken for one of that tenant's own.
 */
export function actingCall(call: Call, { controls }: AnyCommand, input: unknown): Call {
  const { platformOnly } = controls as CommandControls<unknown>;
  const { actor, tenant } = call.principal;
  if (typeof platformOnly !== 'object' || tenant !== platformTenant) return call;
  const acting = { type: actor.type, id: `${platformTenant}/${actor.id}` };
  return { ...call, principal: { ...call.principal, tenant: platformOnly.actsIn(input), actor: acting } };
}

/** What a decision may know. `at` is the larger of the clock and the last time the stream has seen. */
export function contextOf(call: Call, nowMs: number, lastSeen: string): Context {
  const clock = new Date(nowMs).toISOString();
  return {
    now: clock > lastSeen ? clock : lastSeen,
    tenant: call.principal.tenant,
    actor: call.principal.actor,
    permissions: call.principal.permissions,
    credentialId: call.principal.credentialId,
    requestId: call.info.requestId,
    commandId: call.commandId,
    newId: (label = '') => uuidv5(`id:${label}`, call.commandId),
  };
}
