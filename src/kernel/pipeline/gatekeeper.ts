import type { z } from 'zod';
import type { Permission, QuotaDeclaration } from '../endpoint.ts';
import type { RateAnswer } from '../ports.ts';
import { type Principal, permits, platformTenant } from '../principal.ts';
import type { Answer, AnyEndpoint, Issue } from './answer.ts';
import { type Call, reservationId } from './caller.ts';
import type { Deps } from './deps.ts';

/** A refusal of the pipeline's own, before any endpoint's decision. */
export function refusal(
  status: number,
  code: string,
  detail: string,
  more: Partial<Answer['rejection'] & object> = {},
): Answer {
  return { status, rejection: { code, detail, ...more } };
}

/** Every way an input can be wrong, each with the field's path. */
export function issuesOf(error: z.ZodError): readonly Issue[] {
  return error.issues.flatMap((issue) => {
    const at = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...at, key].join('.'), message: 'is not a field of this request' }));
    }
    return [{ path: at.join('.'), message: issue.message }];
  });
}

/** Parses with the endpoint's schema: the input, or 400 with every reason. */
export function parseWith(schema: z.ZodType, raw: unknown): { readonly input: unknown } | { readonly refused: Answer } {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { input: parsed.data };
  return {
    refused: refusal(400, 'InvalidInput', 'The request has fields that are not accepted.', {
      issues: issuesOf(parsed.error),
    }),
  };
}

/** Whether the caller's credential grants the endpoint's permission. */
export function permitted(
  principal: Principal,
  {
    permission,
    platformOnly,
  }: { readonly permission: Permission; readonly platformOnly?: AnyEndpoint['controls']['platformOnly'] },
): boolean {
  if (platformOnly && principal.tenant !== platformTenant) return false;
  return permission === 'public' || permission === 'authenticated' || permits(principal.permissions, permission);
}

/** Rate, plan and quota, in this order; the last holds a reservation that must be committed or released. */
export async function passGates(
  deps: Deps,
  endpoint: AnyEndpoint,
  call: Call,
  input: unknown,
): Promise<{ readonly refused: Answer } | { readonly rate: RateAnswer | undefined; readonly hold: Hold }> {
  const { tenant, actor } = call.principal;
  const rate = actor.type === 'system' ? undefined : await deps.gates.rate(`${tenant}/${actor.type}/${actor.id}`);
  if (rate !== undefined && !rate.allowed) return { refused: tooMany(rate) };
  const { entitlement, quota } = endpoint.controls;
  if (entitlement !== undefined) {
    const answer = await deps.gates.entitlement(tenant, entitlement);
    if (!answer.allowed) return { refused: { ...notEntitled(entitlement, answer.neededPlan), ...(rate && { rate }) } };
  }
  if (quota === undefined) return { rate, hold: noHold };
  const id = reservationId(call, endpoint, input, deps.clock.now());
  const reserved = await reserve(deps, { tenant, id }, quota, input);
  return 'refused' in reserved ? { refused: { ...reserved.refused, ...(rate && { rate }) } } : { rate, hold: reserved };
}

/** A quota reservation. */
export interface Hold {
  readonly units: number | undefined;
  readonly meter: string | undefined;
  commit(): Promise<void>;
  release(): Promise<void>;
}

const noHold: Hold = {
  units: undefined,
  meter: undefined,
  commit: async () => undefined,
  release: async () => undefined,
};

async function reserve(
  deps: Deps,
  { id, tenant }: { readonly tenant: string; readonly id: string },
  quota: QuotaDeclaration<never>,
  input: unknown,
): Promise<Hold | { readonly refused: Answer }> {
  const { meter, cost } = quota as QuotaDeclaration<unknown>;
  const units = typeof cost === 'function' ? cost(input) : cost;
  const answer = await deps.gates.reserve(tenant, meter, units, id);
  if (!answer.allowed) {
    const detail = `The quota ${meter} is used up: ${answer.used} of ${answer.limit ?? 'no'} units this month.`;
    const facts = { meter, used: answer.used, limit: answer.limit ?? 0 };
    return { refused: { ...refusal(429, 'QuotaExceeded', detail, { facts }), retryAfterSeconds: answer.resetSeconds } };
  }
  return {
    units,
    meter,
    commit: () => deps.gates.commit(tenant, meter, id),
    release: () => deps.gates.release(tenant, meter, id),
  };
}

export function tooMany(rate: RateAnswer): Answer {
  const detail = `More than ${rate.limit} requests in this window; try again in ${rate.resetSeconds} s.`;
  return { ...refusal(429, 'RateLimited', detail), rate, retryAfterSeconds: rate.resetSeconds };
}

function notEntitled(feature: string, neededPlan: string | undefined): Answer {
  const detail = `The plan does not include ${feature}${neededPlan === undefined ? '' : `; ${neededPlan} does`}.`;
  return refusal(402, 'NotEntitled', detail, { facts: { feature }, ...(neededPlan && { requiredTier: neededPlan }) });
}
