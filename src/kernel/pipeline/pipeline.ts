import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyCommand } from '../command.ts';
import { revocationLeaseMs } from '../directory.ts';
import type { Credential, RequestInfo } from '../ports.ts';
import type { Accused, Principal } from '../principal.ts';
import { isRejection } from '../rejection.ts';
import { StoreUnavailable } from '../unavailable.ts';
import type { Answer, AnyEndpoint, Executor } from './answer.ts';
import { actingCall, type Call, callOf } from './caller.ts';
import { CredentialFailures } from './credential-failures.ts';
import type { Deps, PipelineOptions } from './deps.ts';
import { FactWriter } from './fact-writer.ts';
import type { Metering } from './facts.ts';
import { type Hold, parseWith, passGates, permitted, refusal, tooMany } from './gatekeeper.ts';
import { answered, deny, refused } from './outcomes.ts';
import { runCommand } from './run-command.ts';
import { runOperation } from './run-operation.ts';
import { runQuery, splitInput } from './run-query.ts';
import { begun } from './streamed.ts';
import { Streams } from './streams.ts';
import { Turns } from './turns.ts';

/** Seconds a caller is asked to wait when a store is away. */
const retryAfterSeconds = 2;

export interface Pipeline {
  /** For a request from outside: who calls is what the credential says. */
  readonly execute: Executor;
  /** For reactions, workers and schedules: as a principal of the system. */
  executeAs(endpoint: AnyEndpoint, input: unknown, principal: Principal, info: RequestInfo): Promise<Answer>;
  close(): Promise<void>;
}

/** Builds the pipeline every request goes through, in its fixed order. */
export function createPipeline(options: PipelineOptions): Pipeline {
  const deps: Deps = {
    ...options,
    streams: new Streams(options.log, options.snapshots),
    turns: new Turns(),
    facts: new FactWriter(options.log),
    failures: new CredentialFailures(options.log, options.clock, options.ports.personal),
  };
  return {
    execute: (endpoint, input, credential, info) =>
      guarded(deps, endpoint, info, () => fromOutside(deps, endpoint, { input, credential, info })),
    executeAs: (endpoint, input, principal, info) =>
      guarded(deps, endpoint, info, () => forPrincipal(deps, endpoint, callOf(endpoint, principal, info), input)),
    close: () => deps.failures.flush(),
  };
}

/** Turns what is thrown into an answer: 503 for a store that is away, 500 for a bug. */
async function guarded(
  deps: Deps,
  endpoint: AnyEndpoint,
  info: RequestInfo,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const called = { endpoint: endpoint.name, requestId: info.requestId };
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreUnavailable) {
      deps.onAway?.(error, called);
      const detail = 'A store this request needs is away for the moment; nothing was answered that is not on the log.';
      return { ...refusal(503, 'StoreUnavailable', detail), retryAfterSeconds };
    }
    deps.onBug?.(error, called);
    return refusal(500, 'InternalError', 'Something went wrong here; the request id names it in the logs.');
  }
}

interface Outside {
  readonly input: unknown;
  readonly credential: Credential | undefined;
  readonly info: RequestInfo;
}

async function fromOutside(deps: Deps, endpoint: AnyEndpoint, request: Outside): Promise<Answer> {
  const { credential, info, input } = request;
  if (endpoint.controls.permission === 'public') return fromAnybody(deps, endpoint, request);
  const principal = credential === undefined ? undefined : await deps.gates.authenticate(credential);
  if (principal === undefined) {
    const detail =
      credential === undefined
        ? 'A credential is needed: Authorization: Bearer …'
        : 'The credential is not accepted; log in again.';
    return unidentified(deps, info, { code: 'Unauthenticated', detail });
  }
  return forPrincipal(deps, endpoint, callOf(endpoint, principal, info), input);
}

/** Public endpoints find out themselves who calls, from what was sent; guesses are limited by source. */
async function fromAnybody(deps: Deps, endpoint: AnyEndpoint, { input, info }: Outside): Promise<Answer> {
  const parsed = parseWith(endpoint.input, input);
  if ('refused' in parsed) return parsed.refused;
  const rate = await deps.gates.rate(`source/${endpoint.name}/${info.sourceAddress ?? 'unknown'}`);
  if (!rate.allowed) return tooMany(rate);
  const identify = endpoint.kind === 'query' ? undefined : endpoint.identify;
  const principal = await identify?.call(endpoint, parsed.input, deps.ports);
  if (principal === undefined) {
    const refused = { code: 'InvalidCredentials', detail: 'The credentials are not accepted.' };
    const accused = endpoint.kind === 'query' ? undefined : endpoint.accused?.(parsed.input, deps.ports);
    const answer = await unidentified(deps, info, refused, accused);
    return { rate, ...answer };
  }
  return afterGates(deps, endpoint, callOf(endpoint, principal, info), { input: parsed.input, rate });
}

async function unidentified(
  deps: Deps,
  info: RequestInfo,
  refused: { readonly code: string; readonly detail: string },
  accused?: Accused,
): Promise<Answer> {
  const source = info.sourceAddress ?? 'unknown';
  const rate = await deps.gates.rate(`failures/${source}`);
  deps.failures.count(source, accused);
  return rate.allowed ? { ...refusal(401, refused.code, refused.detail), rate } : tooMany(rate);
}

/** Parse, permission, rate, entitlement, quota; then the endpoint itself. */
async function forPrincipal(deps: Deps, endpoint: AnyEndpoint, call: Call, raw: unknown): Promise<Answer> {
  const split = splitInput(endpoint, raw);
  if ('refused' in split) return split.refused;
  const { input, page } = split;
  if (!permitted(call.principal, endpoint.controls)) {
    const refused = refusal(403, 'PermissionDenied', `This needs the permission ${endpoint.controls.permission}.`);
    return deny(deps, endpoint, call, { input, refused });
  }
  const passed = await passGates(deps, endpoint, call, input);
  if ('refused' in passed) return deny(deps, endpoint, call, { input, refused: passed.refused });
  const { hold, rate } = passed;
  try {
    const answer = await afterGates(deps, endpoint, call, { input, page, hold, ...(rate && { rate }) });
    const done = answer.rejection === undefined && answer.unchanged !== true;
    await (done ? hold.commit() : hold.release());
    return answer;
  } catch (error) {
    await hold.release();
    throw error;
  }
}

interface Passed {
  readonly input: unknown;
  readonly page?: unknown;
  readonly hold?: Hold;
  readonly rate?: NonNullable<Answer['rate']>;
}

async function afterGates(deps: Deps, endpoint: AnyEndpoint, call: Call, passed: Passed): Promise<Answer> {
  const metering: Metering = {
    meter: passed.hold?.meter,
    units: passed.hold?.units,
    billable: endpoint.kind === 'query' ? undefined : endpoint.controls.billable,
  };
  const answer = await run(deps, endpoint, call, { ...passed, metering });
  return passed.rate === undefined ? answer : { ...answer, rate: passed.rate };
}

async function run(
  deps: Deps,
  endpoint: AnyEndpoint,
  call: Call,
  passed: Passed & { metering: Metering },
): Promise<Answer> {
  if (endpoint.kind === 'command') return asCommand(deps, endpoint, call, passed);
  const result =
    endpoint.kind === 'query'
      ? await runQuery(deps, endpoint, call, { input: passed.input, page: passed.page })
      : await runOperation(deps, endpoint, call, passed.input);
  if (isRejection(result)) return refused(deps, endpoint, call, { input: passed.input, rejection: result });
  if ('refused' in result) return result.refused;
  const { input, metering } = passed;
  const body = await begun(deps, endpoint, call, { input, body: result.body });
  if (endpoint.controls.audit === 'none') return { status: endpoint.status ?? 200, body };
  return answered(deps, endpoint, call, { input, body, metering });
}

async function asCommand(
  deps: Deps,
  endpoint: AnyCommand,
  call: Call,
  passed: Passed & { metering: Metering },
): Promise<Answer> {
  const { input, metering } = passed;
  const outcome = await runCommand(deps, endpoint, actingCall(call, endpoint, input), { input, metering });
  if (outcome.kind !== 'refused' && endpoint.controls.revokes === true) await sleep(revocationLeaseMs);
  if (outcome.kind === 'done') return outcome.answer;
  if (outcome.kind === 'unchanged') {
    const answer = await answered(deps, endpoint, call, { input, body: outcome.body, metering: {} });
    return { ...answer, unchanged: true };
  }
  return refused(deps, endpoint, call, { input, rejection: outcome.rejection });
}
