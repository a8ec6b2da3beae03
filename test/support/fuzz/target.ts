import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request as send } from 'undici';
import { clientOf } from '../instance.ts';
import type { Served } from '../serve.ts';
import type { Known } from './arbitrary.ts';
import { type FuzzRequest, payloadOf, targetOf } from './request.ts';

/** What a request was answered. */
export interface FuzzAnswer {
  readonly requestId: string;
  readonly status: number;
  readonly mediaType: string | undefined;
  readonly text: string;
}

/** A server, and somebody who may do everything there. */
export interface Target {
  send(request: FuzzRequest): Promise<FuzzAnswer>;
  /** Answers so far that said that a store was away for the moment: what was asked was sent again. */
  away(): number;
  /** New things on the server for an operation to meet, by the names of the fields that take them. */
  furnish(names: ReadonlySet<string>): Promise<Known>;
  /** The longest the server's event loop was held since this was last asked, in milliseconds. */
  longestHold(): Promise<number>;
  close(): Promise<void>;
}

const password = 'a password for the fuzz';
/** Longer than any answer may take, in milliseconds. */
const answerMs = 30_000;

/** Milliseconds after which a server asks to be tried again where a store was away for a moment, as it is on a machine that is too busy. */
const awayMs = 2_000;

type Ask = (method: string, path: string, body?: unknown) => Promise<Readonly<Record<string, unknown>>>;

/** Logs in at a server that trusts this machine as a proxy, and gives its tenant a plan without limits. The caller closes it. */
export async function reachTarget(served: Served): Promise<Target> {
  const { administrator, url } = served;
  if (administrator === undefined) throw new Error('the stores are not empty');
  const agent = new Agent({ connections: 16, headersTimeout: answerMs, bodyTimeout: answerMs });
  let [sources, away] = [0, 0];
  // Guesses are limited by source, so each request comes from another.
  const source = (): string => {
    sources++;
    return `10.${[16, 8, 0].map((shift) => (sources >> shift) & 255).join('.')}`;
  };
  const logIn = async (tries = 3): Promise<string> => {
    const { email, password } = administrator;
    const from = { 'x-forwarded-for': source() };
    const { body, status } = await clientOf(url)('POST', '/auth/login', { email, password }, from);
    if (status === 503 && tries > 0) {
      away++;
      await sleep(awayMs);
      return logIn(tries - 1);
    }
    if (status !== 200) throw new Error(`the login answered ${status}: ${JSON.stringify(body)}`);
    return String(body['accessToken']);
  };
  let token = await logIn();
  const ask: Ask = async (method, path, body) => {
    const answer = await clientOf(url, token)(method, path, body);
    if (answer.status === 401) token = await logIn();
    if (answer.status === 401) return ask(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const plan = { name: 'Fuzz', monthlyPriceCents: 0, entitlements: ['*'], quotas: {}, ratePerMinute: 1_000_000 };
  // One for the operations to change, and one they do not know of.
  for (const name of ['fuzz', 'fuzzer']) await ask('PUT', `/tenant/v1/plans/${name}`, plan);
  await ask('PUT', '/tenant/v1/tenants/platform/plan', { plan: 'fuzzer' });
  const once = async (request: FuzzRequest): Promise<FuzzAnswer> => {
    const requestId = randomUUID();
    const payload = payloadOf(request);
    const { body, headers, statusCode } = await send(`${url}${targetOf(request)}`, {
      dispatcher: agent,
      method: request.operation.method as 'GET',
      headers: {
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...(request.operation.isPublic ? {} : { authorization: `Bearer ${token}` }),
        'x-forwarded-for': source(),
        'x-request-id': requestId,
        ...request.headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
    });
    const mediaType = headers['content-type']?.toString();
    if (mediaType !== 'text/event-stream') return { requestId, status: statusCode, mediaType, text: await body.text() };
    // It has no end.
    body.on('error', () => undefined).destroy();
    return { requestId, status: statusCode, mediaType, text: '' };
  };
  return {
    send: async (request) => {
      let answer = await once(request);
      for (let again = 0; isAway(answer) && again < 3; again++) {
        away++;
        await sleep(awayMs);
        answer = await once(request);
      }
      if (answer.status !== 401 || request.operation.isPublic) return answer;
      // Logging out and changing passwords end the session, as they should.
      token = await logIn();
      return once(request);
    },
    away: () => away,
    furnish: (names) => furnish(ask, names),
    longestHold: async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return 1_000 * Number(/^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(metrics)?.[1]);
    },
    close: () => agent.close(),
  };
}

function isAway({ status, text }: FuzzAnswer): boolean {
  return status === 503 && text.includes('StoreUnavailable');
}

async function furnish(ask: Ask, names: ReadonlySet<string>): Promise<Known> {
  const unique = randomUUID().slice(0, 8);
  const made: Record<string, readonly unknown[]> = {
    plan: ['fuzz'],
    addOn: ['fuzz-add-on'],
    version: ['1', '2', '3', 'latest'],
    value: ['a value'],
    period: ['P7D', '24h'],
    tenantIds: ['platform'],
    startDate: ['2026-01-01'],
    endDate: ['2026-01-31'],
  };
  await ask('PUT', '/tenant/v1/add-ons/fuzz-add-on', {
    name: 'Fuzz',
    entitlements: [],
    quotas: {},
  });
  if (names.has('role') || names.has('roles')) {
    await ask('POST', '/auth/v1/roles', { role: `role-${unique}`, permissions: ['vault.secrets.read'] });
    made['role'] = [`role-${unique}`];
  }
  if (names.has('userId')) {
    const user = { email: `${unique}@fuzz.example`, name: 'Fuzz', password };
    made['userId'] = [(await ask('POST', '/auth/v1/users', user))['userId']];
  }
  if (names.has('tenantId') || names.has('tenant_id')) {
    const { tenantId } = await ask('POST', '/tenant/v1/tenants', { slug: `t-${unique}`, name: 'Fuzz', plan: 'fuzz' });
    made['tenantId'] = [tenantId];
    made['tenant_id'] = [tenantId, 'platform'];
  }
  if (names.has('subscriptionId')) {
    const destination = { type: 'webhook', config: { url: 'https://hooks.fuzz.example/' } };
    const subscription = { name: unique, destination };
    made['subscriptionId'] = [(await ask('POST', '/audit/v1/streaming/subscriptions', subscription))['subscriptionId']];
  }
  if (names.has('policyId')) {
    const policy = { name: unique, retentionPeriod: 'P7Y' };
    made['policyId'] = [(await ask('POST', '/audit/v1/retention/policies', policy))['policyId']];
  }
  if (names.has('holdId')) {
    const hold = { name: unique, reason: 'fuzz', scope: { subjects: [unique] } };
    made['holdId'] = [(await ask('POST', '/audit/v1/retention/holds', hold))['holdId']];
  }
  if (names.has('secretId')) {
    const secretId = `fuzz/${unique}`;
    for (const value of ['one', 'two', 'three']) await ask('POST', '/vault/v1/versioned-secrets', { secretId, value });
    made['secretId'] = [secretId];
  }
  return made;
}
