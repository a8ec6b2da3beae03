import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateAnswer } from '../../kernel/ports.ts';
import type { LiveView } from '../live-view/live-view.ts';

/** Requests a minute, counted in each process by itself. */
export interface RateLimits {
  /** Of one source to one public endpoint, such as logins. */
  readonly publicPerMinute: number;
  /** Failures without a valid credential, of one source. */
  readonly failuresPerMinute: number;
  /** Of one caller, where the tenant is not known. */
  readonly callerPerMinute: number;
}

export const defaultRateLimits: RateLimits = { publicPerMinute: 10, failuresPerMinute: 20, callerPerMinute: 600 };

/** Counts requests by key: `source/<endpoint>/<address>`, `failures/<address>` or `<tenant>/<type>/<id>`. */
export class Rates {
  readonly #view: LiveView;
  readonly #limits: RateLimits;
  readonly #limiters = new Map<string, RateLimiterMemory>();

  constructor(view: LiveView, limits: RateLimits) {
    this.#view = view;
    this.#limits = limits;
  }

  async take(key: string): Promise<RateAnswer> {
    const [kind = ''] = key.split('/', 1);
    const points = await this.#pointsFor(kind);
    try {
      return answer(true, points, await this.#limiter(points).consume(key));
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return answer(false, points, refused);
      throw refused;
    }
  }

  async #pointsFor(kind: string): Promise<number> {
    if (kind === 'source') return this.#limits.publicPerMinute;
    if (kind === 'failures') return this.#limits.failuresPerMinute;
    await this.#view.ensureFresh();
    return this.#view.tenant(kind)?.ratePerMinute ?? this.#limits.callerPerMinute;
  }

  /** One limiter a number of points: a tenant whose plan changes is counted anew. */
  #limiter(points: number): RateLimiterMemory {
    const known = this.#limiters.get(String(points));
    if (known !== undefined) return known;
    const made = new RateLimiterMemory({ keyPrefix: String(points), points, duration: 60 });
    this.#limiters.set(String(points), made);
    return made;
  }
}

function answer(allowed: boolean, limit: number, { msBeforeNext, remainingPoints }: RateLimiterRes): RateAnswer {
  return { allowed, limit, remaining: Math.max(0, remainingPoints), resetSeconds: Math.ceil(msBeforeNext / 1_000) };
}
