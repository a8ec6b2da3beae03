import { expect } from 'chai';
import fc from 'fast-check';
import { connectEventLog } from '../../src/adapters/event-log/event-log.ts';
import type { StoreUrls } from '../../src/app/parts.ts';
import { wholeNumber } from '../support/environment.ts';
import { Values } from '../support/fuzz/arbitrary.ts';
import { type Document, documentOf, type Operation } from '../support/fuzz/document.ts';
import { holding, holdsIdle, longestHoldMs } from '../support/fuzz/holds.ts';
import { mutations } from '../support/fuzz/mutation.ts';
import { type FuzzRequest, shown, validRequests } from '../support/fuzz/request.ts';
import { type Check, checkerOf } from '../support/fuzz/schema.ts';
import { reachTarget, type Target } from '../support/fuzz/target.ts';
import { isRefusedInput, verdict } from '../support/fuzz/verdict.ts';
import { freshStores } from '../support/instance.ts';
import { type Served, serve } from '../support/serve.ts';
import { sharedStores } from '../support/stores.ts';

const perOperation = wholeNumber('KEYLEDGER_FUZZ_REQUESTS', 10, 1);
const seed = wholeNumber('KEYLEDGER_FUZZ_SEED', Date.now() % 2 ** 31);
/** The start of the ids of the operations to ask; all where absent. */
const only = process.env['KEYLEDGER_FUZZ_ONLY'] ?? '';
/** Requests among which there is one that also keeps the rules between fields, which a schema does not tell. */
const enough = 100;
const atOnce = 8;
const rounds = 4;

describe('the API by its own document', function () {
  this.timeout(60_000 + perOperation * 20_000);
  let served: Served | undefined;
  let target: Target;
  let stores: StoreUrls;
  let document: Document;
  let check: Check;
  const refused = new Map<string, FuzzRequest>();

  before(async () => {
    stores = await freshStores();
    served = await serve(stores, sharedStores().scratch('fuzz'), {
      KEYLEDGER_TRUSTED_PROXIES: 'loopback',
      LOG_LEVEL: 'warn',
    });
    target = await reachTarget(served);
    document = await documentOf(served.url);
    check = checkerOf(document);
  });
  after(async () => {
    await served?.end('SIGTERM');
    await target?.close();
  });

  it(`answers as documented to what is valid and to what is not, ${perOperation} requests an operation`, async () => {
    const operations = document.operations.filter(({ id, path }) => !isProbe(path) && id.startsWith(only));
    expect(operations.length, `no operation has an id that begins with "${only}"`).to.be.greaterThan(0);
    const failures: string[] = [];
    const holds: string[] = [];
    for (const operation of operations) {
      const requests = await requestsOf(operation);
      const sent = await sendAll(requests);
      failures.push(...sent.failures);
      if (sent.accepted === 0 && perOperation >= enough)
        failures.push(`${operation.id} accepted the form of no request that its schema accepts`);
      const held = await quietestHold(requests);
      if (held <= longestHoldMs) continue;
      const isBusy = await holdsIdle(target);
      holds.push(`${operation.id} ${Math.round(held)} ms${isBusy ? ', as without any request' : ''}`);
      if (!isBusy) failures.push(...(await holding(target, requests)));
    }
    const held = `event loop held over ${longestHoldMs} ms while these were asked: ${holds.join(', ') || 'none'}`;
    console.log(`      seed ${seed}; ${held}; ${away()}`);
    expect(failures, `KEYLEDGER_FUZZ_SEED=${seed}\n${failures.join('\n')}`).to.have.length(0);
  });

  it('appends nothing for what is not valid', async () => {
    const log = connectEventLog(stores.eventStoreUrl);
    const appended: string[] = [];
    let after: bigint | undefined;
    for (let caughtUp = false; !caughtUp; ) {
      const page = await log.readAll({ after, max: 500 });
      for (const { metadata, type } of page.events) {
        const request = refused.get(String(metadata['requestId']));
        if (request !== undefined) appended.push(`${type} was appended for ${shown(request)}`);
      }
      ({ caughtUp, next: after } = page);
    }
    await log.close();
    expect(appended, `KEYLEDGER_FUZZ_SEED=${seed}\n${appended.join('\n')}`).to.have.length(0);
    expect(refused.size).to.be.greaterThan(0);
  });

  /** How many answers said that a store was away, and what the server wrote of it. */
  function away(): string {
    const reasons = [...(served?.said() ?? '').matchAll(/"reason":"([^"]*)"/g)].map(([, reason]) => reason);
    const which = reasons.length === 0 ? '' : `: ${[...new Set(reasons)].join('; ')}`;
    return `a store was away for ${target.away()} answers${which}`;
  }

  /** Valid and invalid in turn, the same for the same seed but for the ids of what is on the server. */
  async function requestsOf(operation: Operation): Promise<readonly FuzzRequest[]> {
    const known = await target.furnish(fieldsOf(operation));
    const made = fc.tuple(validRequests(operation, new Values(document, check, known)), fc.nat());
    return fc.sample(made, { numRuns: perOperation, seed }).map(([request, choice], index) => {
      const wrong = index % 2 === 0 ? [] : mutations(request, document, check);
      return wrong[choice % wrong.length] ?? request;
    });
  }

  /** What was wrong with the answers, and how many of the valid requests had a form the server accepts. */
  async function sendAll(requests: readonly FuzzRequest[]): Promise<Sent> {
    const failures: string[] = [];
    let accepted = 0;
    const waiting = [...requests];
    const sender = async (): Promise<void> => {
      for (let request = waiting.shift(); request !== undefined; request = waiting.shift()) {
        const answer = await target.send(request).catch((error: Error) => error);
        const wrong = answer instanceof Error ? `was not answered: ${answer.message}` : verdict(request, answer, check);
        if (wrong !== undefined) failures.push(`${request.operation.id} ${wrong}\n    ${shown(request)}`);
        if (answer instanceof Error) continue;
        if (request.mutation !== undefined) refused.set(answer.requestId, request);
        else if (!isRefusedInput(answer)) accepted++;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, sender));
    return { failures, accepted };
  }

  /** The least of some rounds, where the first was too long. */
  async function quietestHold(requests: readonly FuzzRequest[]): Promise<number> {
    let least = await target.longestHold();
    for (let round = 1; least > longestHoldMs && round < rounds; round++) {
      await sendAll(requests);
      least = Math.min(least, await target.longestHold());
    }
    return least;
  }
});

interface Sent {
  readonly failures: readonly string[];
  readonly accepted: number;
}

function isProbe(path: string): boolean {
  return ['/health', '/healthz', '/readyz', '/metrics'].includes(path);
}

/** Names of all parameters and of the body's own fields. */
function fieldsOf({ body, parameters }: Operation): ReadonlySet<string> {
  const fields = Object.keys((body?.schema['properties'] ?? {}) as object);
  return new Set([...parameters.map(({ name }) => name), ...fields]);
}
