import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { valueFor } from '../checker/facts.ts';
import type { Asked, Outcome, RequestRecord } from '../checker/records.ts';
import type { Chance } from '../random.ts';
import type { Reply, Send } from './api.ts';
import { bearer, type Somebody } from './tenants.ts';

const root = '/vault/v1/versioned-secrets';
/** Milliseconds before the next request, where there was no answer. */
const pauseMs = 100;
/** Attempts at one keyed write whose outcome is unknown. */
const mostAttempts = 4;

/** One client at work: it keeps a record of each request, and asks of the system nothing but what a customer can ask. */
export interface ClientOptions {
  readonly send: Send;
  readonly somebody: Somebody;
  readonly chance: Chance;
  readonly records: RequestRecord[];
  /** Secrets all clients of the tenant share. */
  readonly secrets: readonly string[];
  /** Milliseconds on a clock that all clients share. */
  readonly now: () => number;
}

export class LoadClient {
  readonly #options: ClientOptions;
  /** The last position this client has had an acknowledgement of. */
  #seen: string | undefined;
  readonly #written: { readonly secretId: string; readonly version: number }[] = [];

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** One thing a customer may do, by chance. */
  async step(): Promise<void> {
    const { chance, secrets } = this.#options;
    const dice = chance.next();
    const secretId = chance.pick(secrets);
    if (dice < 0.5) return this.#write(secretId);
    const known = this.#written.length > 0 ? chance.pick(this.#written) : undefined;
    if (dice < 0.58 && known !== undefined) return this.#destroy(known);
    if (dice < 0.72 && known !== undefined) return this.#open(known);
    if (dice < 0.95 && known !== undefined) return this.#summary(known.secretId, this.#seen);
    return this.#summary(secretId, undefined);
  }

  async #write(secretId: string): Promise<void> {
    const { chance } = this.#options;
    const mark = randomUUID();
    const keyed = chance.next() < 0.6;
    const asked: Asked = { kind: 'write', mark, secretId };
    const body = { secretId, value: valueFor(mark), metadata: { custom: { mark } } };
    const headers = keyed ? { 'idempotency-key': mark } : {};
    const attempt = (): Promise<RequestRecord> => this.#ask(asked, ['POST', root, body, headers]);
    let record = await attempt();
    for (let tries = 1; keyed && record.outcome === 'unknown' && tries < mostAttempts; tries++) {
      await sleep(pauseMs * tries);
      record = await attempt();
    }
    if (record.outcome !== 'acknowledged') return;
    this.#seen = record.position;
    this.#written.push({ secretId, version: Number(record.answer?.['version']) });
    if (keyed && chance.next() < 0.2) await attempt();
    else if (chance.next() < 0.6) await this.#summary(secretId, this.#seen);
  }

  async #destroy({ secretId, version }: { readonly secretId: string; readonly version: number }): Promise<void> {
    const mark = randomUUID();
    const path = `${root}/${secretId}/versions/${version}/state`;
    const record = await this.#ask({ kind: 'destroy', mark, secretId, version }, [
      'PATCH',
      path,
      { state: 'destroyed', reason: mark },
    ]);
    if (record.outcome !== 'acknowledged') return;
    this.#seen = record.position;
    if (this.#options.chance.next() < 0.8) await this.#open({ secretId, version });
    await this.#summary(secretId, this.#seen);
  }

  async #open({ secretId, version }: { readonly secretId: string; readonly version: number }): Promise<void> {
    await this.#ask({ kind: 'open', secretId, version }, ['GET', `${root}/${secretId}/versions/${version}`]);
  }

  async #summary(secretId: string, waitFor: string | undefined): Promise<void> {
    const asked: Asked = { kind: 'summary', secretId, ...(waitFor === undefined ? {} : { waitFor }) };
    const headers = waitFor === undefined ? {} : { 'x-wait-for-position': waitFor };
    await this.#ask(asked, ['GET', `${root}/${secretId}`, undefined, headers]);
  }

  async #ask(asked: Asked, [method, path, body, headers]: Parameters<Send>): Promise<RequestRecord> {
    const { now, records, send, somebody } = this.#options;
    const credentials = await bearer(somebody);
    const begunAt = now();
    const reply = await send(method, path, body, { ...headers, ...credentials });
    const record = { tenant: somebody.tenant, asked, begunAt, endedAt: now(), ...told(reply) };
    records.push(record);
    if (reply?.status === 401) somebody.renew();
    if (record.outcome === 'unknown') await sleep(pauseMs);
    return record;
  }
}

function told(reply: Reply | undefined): Omit<RequestRecord, 'tenant' | 'asked' | 'begunAt' | 'endedAt'> {
  if (reply === undefined) return { outcome: 'unknown' };
  const { body, position, status } = reply;
  const code = codeIn(body);
  return {
    outcome: outcomeOf(status),
    status,
    ...(position === undefined ? {} : { position }),
    ...(code === undefined ? {} : { code }),
    ...(status < 300 ? { answer: body } : {}),
  };
}

/** What a server or a proxy answers that could not ask its stores says nothing of what became of the request. */
function outcomeOf(status: number): Outcome {
  if (status < 300) return 'acknowledged';
  return status >= 500 ? 'unknown' : 'refused';
}

/** A refusal's code, where the dialect of the paths above puts it. */
function codeIn({ details }: Reply['body']): string | undefined {
  const { code } = (details ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
