import { Webhook } from 'standardwebhooks';
import { cloudEventMediaType } from '../../../domain/audit/streaming/cloud-event.ts';
import type { WebhookConfig } from '../../../domain/audit/streaming/destination.ts';
import type { Clock } from '../../../kernel/ports.ts';
import { NoAnswer, type Outgoing, type OutgoingAnswer } from '../../outgoing/outgoing.ts';
import { byLanes, type DeliveryTarget, type Outcome, type Parcel } from './destination.ts';

/** Events sent to one receiver at once. */
const concurrency = 8;
const window = 64;
/** Characters of an answer that are kept to be shown. */
const shownAnswer = 500;

export interface SigningKey {
  readonly secret: string;
  /** ISO 8601: not used from then on. */
  readonly until: string | undefined;
}

/** Posts each event as a structured CloudEvent, signed as Standard Webhooks asks, with each secret that counts at the time. */
export function webhookTarget(
  { headers, url }: WebhookConfig,
  keys: readonly SigningKey[],
  { clock, outgoing }: { readonly clock: Clock; readonly outgoing: Outgoing },
): DeliveryTarget {
  const signers = keys.map(({ secret, until }) => ({ until, webhook: new Webhook(secret) }));
  const signatures = (id: string, at: Date, body: string): string =>
    signers
      .filter(({ until }) => until === undefined || until > at.toISOString())
      .map(({ webhook }) => webhook.sign(id, at, body))
      .join(' ');
  const post = async ({ cloudEvent }: Parcel): Promise<Outcome> => {
    const body = JSON.stringify(cloudEvent);
    const at = new Date(clock.now());
    const started = performance.now();
    const answer = await outgoing
      .request({
        url,
        method: 'POST',
        body,
        headers: {
          ...headers,
          'content-type': cloudEventMediaType,
          'user-agent': 'keyledger',
          'webhook-id': cloudEvent.id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
          'webhook-signature': signatures(cloudEvent.id, at, body),
        },
      })
      .catch((error: unknown) => {
        if (error instanceof NoAnswer) return error;
        throw error;
      });
    return outcomeOf(answer, Math.round(performance.now() - started));
  };
  return {
    window,
    deliver: (parcels, goOn) => byLanes(parcels, post, { concurrency, goOn }),
    close: async () => undefined,
  };
}

/** Only 2xx is success. A redirection is a failure: nobody signed up for where it leads. */
export function outcomeOf(answer: OutgoingAnswer | NoAnswer, ms: number): Outcome {
  if (answer instanceof NoAnswer) return { kind: 'failed', ms, error: answer.message };
  const { body, headers, status } = answer;
  const shown = body.toString('utf8').slice(0, shownAnswer).toWellFormed().replaceAll('\0', '');
  if (status >= 200 && status < 300) return { kind: 'taken', ms, status, answer: shown };
  const askedMs = retryAfterMs(headers['retry-after']);
  return {
    kind: 'failed',
    ms,
    status,
    answer: shown,
    error: status >= 300 && status < 400 ? `answered ${status}: redirections are not followed` : `answered ${status}`,
    gone: status === 410,
    ...(askedMs === undefined ? {} : { askedMs }),
  };
}

function retryAfterMs(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,7}$/.test(header) ? Number(header) * 1_000 : undefined;
}
