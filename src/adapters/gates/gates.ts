import type { Clock, Credential, Gates } from '../../kernel/ports.ts';
import { type Principal, permits } from '../../kernel/principal.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import { StoreUnavailable } from '../../kernel/unavailable.ts';
import type { LiveView } from '../live-view/live-view.ts';
import { Quotas, type UsageReader } from './quotas.ts';
import { defaultRateLimits, type RateLimits, Rates } from './rates.ts';

/** Whom an access token was issued to. */
export interface VerifiedToken {
  readonly tenant: string;
  readonly userId: string;
  readonly sessionId: string;
}

export interface GatesOptions {
  readonly liveView: LiveView;
  /** Undefined for a token that is not this installation's, was changed, or has expired. */
  readonly accessTokens: { verify(token: string): Promise<VerifiedToken | undefined> };
  readonly redisUrl: string;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** What the log says was used, for when Redis does not know. */
  readonly usage: UsageReader;
  readonly limits?: Partial<RateLimits>;
  /** Milliseconds a reservation lasts that is neither committed nor released; 60,000 where absent. */
  readonly holdMs?: number;
}

/** What the pipeline asks before an endpoint: who calls, by which plan, how often, how much. Redis is asked for limited meters alone. */
export function createGates(options: GatesOptions): Gates & { close(): Promise<void> } {
  const { clock, liveView, redisUrl, usage } = options;
  const rates = new Rates(liveView, { ...defaultRateLimits, ...options.limits });
  const { holdMs } = options;
  const quotas = new Quotas({ redisUrl, clock, usage, ...(holdMs === undefined ? {} : { holdMs }) });
  return {
    authenticate: (credential) => authenticate(options, credential),
    entitlement: async (tenant, feature) => {
      await liveView.ensureFresh();
      return entitled(liveView, tenant, feature);
    },
    rate: (key) => rates.take(key),
    reserve: async (tenant, meter, cost, id) => {
      await liveView.ensureFresh();
      const limit = liveView.tenant(tenant)?.quotas[meter];
      if (limit === undefined) return { allowed: true, limit, used: 0, resetSeconds: 0 };
      return quotas.reserve(tenant, meter, { id, cost, limit });
    },
    commit: (tenant, meter, id) => settle(options, { tenant, meter }, () => quotas.commit(tenant, meter, id)),
    release: (tenant, meter, id) => settle(options, { tenant, meter }, () => quotas.release(tenant, meter, id)),
    close: () => quotas.close(),
  };
}

/** A token counts while its session is open and its user and tenant are active; another process may just have opened the session. */
async function authenticate(options: GatesOptions, credential: Credential): Promise<Principal | undefined> {
  if (credential.scheme !== 'bearer') return undefined;
  const { accessTokens, liveView } = options;
  const token = await accessTokens.verify(credential.value);
  if (token === undefined) return undefined;
  const { sessionId, tenant, userId } = token;
  await liveView.ensureFresh();
  let session = liveView.session(tenant, sessionId, userId);
  if (session === 'unknown') {
    await liveView.upToDate();
    session = liveView.session(tenant, sessionId, userId);
  }
  const user = liveView.user(tenant, userId);
  if (session !== 'open' || user?.status !== 'active') return undefined;
  if (liveView.tenant(tenant)?.status !== 'active') return undefined;
  return { tenant, actor: { type: 'user', id: userId }, permissions: user.permissions, credentialId: sessionId };
}

function entitled(
  liveView: LiveView,
  tenantId: string,
  feature: string,
): { readonly allowed: boolean; readonly neededPlan?: string } {
  const tenant = liveView.tenant(tenantId);
  if (tenant?.status !== 'active') return { allowed: false };
  if (permits(tenant.entitlements, feature)) return { allowed: true };
  const cheapest = liveView.plans().find(({ entitlements }) => permits(entitlements, feature));
  return { allowed: false, ...(cheapest && { neededPlan: cheapest.plan }) };
}

/**
 * What was decided stands on the log, so settling never fails a request: a reservation that cannot be settled ends by itself, and the
 * next comparison with the log counts it.
 */
async function settle({ liveView, telemetry }: GatesOptions, on: Metered, work: () => Promise<void>): Promise<void> {
  if (liveView.fresh() && liveView.tenant(on.tenant)?.quotas[on.meter] === undefined) return;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    telemetry.log.warn({ ...on, error: error.message }, 'A quota reservation could not be settled; it ends by itself.');
  }
}

interface Metered {
  readonly tenant: string;
  readonly meter: string;
}
