import { randomUUID } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import type { AnyCommand } from '../command.ts';
import type { CommandControls, Context } from '../endpoint.ts';
import type { RequestInfo } from '../ports.ts';
import { type Principal, platformTenant } from '../principal.ts';
import type { AnyEndpoint } from './answer.ts';

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
 * A call by a principal. With an idempotency key a command's id is a function of tenant, caller, endpoint and key, so that a retry is
 * the same command; the same key elsewhere is another one. What is no command is done each time, so a key says nothing to it.
 */
export function callOf({ kind, name }: AnyEndpoint, principal: Principal, info: RequestInfo): Call {
  const { actor, tenant } = principal;
  const commandId =
    info.idempotencyKey === undefined || kind !== 'command'
      ? randomUUID()
      : uuidv5(JSON.stringify([tenant, actor.type, actor.id, name, info.idempotencyKey]), commandNamespace);
  return { endpoint: name, principal, info, commandId };
}

/** What a call reserves units of a quota by: a key is one command for each resource it is used with. */
export function reservationId(call: Call, endpoint: AnyEndpoint, input: unknown, nowMs: number): string {
  if (call.info.idempotencyKey === undefined || endpoint.kind !== 'command') return call.commandId;
  const acting = actingCall(call, endpoint, input);
  const resource = [acting.principal.tenant, endpoint.stream(input, contextOf(acting, nowMs, ''))];
  return uuidv5(JSON.stringify(resource), call.commandId);
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
