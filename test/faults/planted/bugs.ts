/** One place of the compiled product that is changed: what takes the place of `text` does the wrong thing where `ON` holds, and else the same. */
interface Change {
  readonly file: string;
  readonly text: string;
  readonly with: string;
}

/** A bug a product like this may have, and the check that has to find it. */
export interface PlantedBug {
  readonly name: string;
  readonly found: string;
  readonly changes: readonly Change[];
  /** Units the tenant may use, where that is what it is about. */
  readonly limit?: number;
}

const pipeline = 'src/kernel/pipeline';
const runCommand = `${pipeline}/run-command.js`;
const repeats = `${pipeline}/repeats.js`;
const appended = "return { kind: 'done', answer: doneAnswer(command, body, appended.position) };";
const logAppend = 'const appended = await append(appender, { stream, events, expected });';
const commit = 'src/adapters/projector/commit.js';
const attempt = 'src/adapters/effects/attempt.js';
const eventLog = 'src/adapters/event-log/event-log.js';
const done = "if (outcome.kind === 'done')";
const aboutSecrets = "stream.startsWith('vault.Secret-')";
const answeredBefore = 'await answeredBefore(attempt, loaded)';
const forgotten = '(ON ? undefined : await answeredBefore(attempt, loaded))';
const quotaCommit = 'await answered(this.#scripts.quotaCommit(';
const post = 'const answer = await outgoing';

export const bugs: readonly PlantedBug[] = [
  {
    name: 'the log acknowledges before it writes, and loses some',
    found: 'acknowledged-once',
    changes: [
      {
        file: eventLog,
        text: logAppend,
        with: `if (ON && ${aboutSecrets} && Math.random() < 0.3) return { revision: 0, position: await head(client) };${logAppend}`,
      },
    ],
  },
  {
    name: 'an append is repeated without the events’ ids',
    found: 'acknowledged-once',
    changes: [
      {
        file: eventLog,
        text: logAppend,
        with: `${logAppend} if (ON && ${aboutSecrets} && Math.random() < 0.3) await append(appender, { stream, events: events.map((event) => ({ ...event, id: crypto.randomUUID() })), expected: appended.revision });`,
      },
    ],
  },
  {
    name: 'a command is refused after it was written',
    found: 'refused-never',
    changes: [
      {
        file: `${pipeline}/pipeline.js`,
        text: done,
        with: `if (ON && outcome.kind === 'done' && Math.random() < 0.3) return refused(deps, endpoint, call, { input, rejection: { code: 'Conflict' } }); ${done}`,
      },
    ],
  },
  {
    name: 'a repeated request of unknown outcome is a new one',
    found: 'acknowledged-once',
    changes: [
      {
        file: runCommand,
        text: appended,
        with: `if (ON && Math.random() < 0.3) throw new (await import('../log.js')).LogUnavailable('away'); ${appended}`,
      },
      { file: runCommand, text: answeredBefore, with: forgotten },
    ],
  },
  {
    name: 'an idempotency key is forgotten',
    found: 'acknowledged-once',
    changes: [
      {
        file: runCommand,
        text: answeredBefore,
        with: forgotten,
      },
    ],
  },
  {
    name: 'a repeated request is answered with something else',
    found: 'answered-version',
    changes: [
      {
        file: repeats,
        text: '? idempotency.answer : ',
        with: '? { ...idempotency.answer, version: idempotency.answer.version + (ON ? 1 : 0) } : ',
      },
    ],
  },
  {
    name: 'a position is answered that lies before the write',
    found: 'answered-position',
    changes: [
      {
        file: runCommand,
        text: appended,
        with: appended.replace('appended.position', 'appended.position - (ON ? 1n : 0n)'),
      },
    ],
  },
  {
    name: 'X-Wait-For-Position is ignored',
    found: 'read-your-position',
    changes: [
      {
        file: `${pipeline}/run-query.js`,
        text: 'if (waitFor === undefined)',
        with: 'if (ON || waitFor === undefined)',
      },
    ],
  },
  {
    name: 'a projector moves its checkpoint before the rows, and loses some',
    found: 'read-models',
    changes: [
      {
        file: commit,
        text: 'return bulks.map(',
        with: 'return (ON && Math.random() < 0.4 ? [] : bulks).map(',
      },
    ],
  },
  {
    name: 'a projector writes rows before its checkpoint, and some again',
    found: 'quota-sums',
    changes: [
      {
        file: commit,
        text: 'inBulk(plan.steps.flatMap(',
        with: 'inBulk((ON && Math.random() < 0.6 ? [...plan.steps, ...plan.steps] : plan.steps).flatMap(',
      },
    ],
  },
  {
    name: 'a reader’s cursor is off by one',
    found: 'audit-chain',
    changes: [
      {
        file: 'src/adapters/projector/convoy.js',
        text: 'const from = track.position ?? -1n;',
        with: 'const from = ON && Math.random() < 0.3 ? (page.events[0]?.position ?? -1n) : (track.position ?? -1n);',
      },
    ],
  },
  {
    name: 'the audit’s chain passes over an entry',
    found: 'audit-chain',
    changes: [
      {
        file: 'src/domain/audit/growth.js',
        text: 'chain = chainNext(chain, leaf);',
        with: 'chain = ON && Math.random() < 0.3 ? chain : chainNext(chain, leaf);',
      },
    ],
  },
  {
    name: 'a refusal is answered and not audited',
    found: 'audited',
    changes: [
      {
        file: `${pipeline}/outcomes.js`,
        text: 'const event = refused.status < 409',
        with: 'if (ON && Math.random() < 0.5) return refused; const event = refused.status < 409',
      },
    ],
  },
  {
    name: 'a reaction moves on before its effect is on record',
    found: 'effects-once',
    changes: [
      {
        file: 'src/adapters/effects/read-on.js',
        text: 'const inserted = await insertEffects(run, effects);',
        with: 'const inserted = ON ? [] : await insertEffects(run, effects);',
      },
    ],
  },
  {
    name: 'a worker says that an effect is done before it is',
    found: 'effects-once',
    changes: [
      {
        file: attempt,
        text: 'await refusalOf(options.handle(effect, progress))',
        with: '(ON ? undefined : await refusalOf(options.handle(effect, progress)))',
      },
    ],
  },
  {
    name: 'a worker forgets the effect’s key when it tries again',
    found: 'effects-once',
    changes: [
      {
        file: attempt,
        text: 'const refusal =',
        with: "if (ON) await options.handle({ ...effect, key: effect.key + '.again' }, progress); const refusal =",
      },
      {
        file: 'commands/vault/versioned-secrets/record-secret-destruction.js',
        text: 'record.certifiedRevision !== undefined',
        with: '!ON && record.certifiedRevision !== undefined',
      },
    ],
  },
  {
    name: 'a delivery counts as taken that was not sent',
    found: 'deliveries-once',
    changes: [
      {
        file: 'src/adapters/deliveries/destinations/webhook.js',
        text: post,
        with: `if (ON && Math.random() < 0.4) return { kind: 'taken', ms: 0, status: 204, answer: '' }; ${post}`,
      },
    ],
  },
  {
    name: 'a delivery is sent again under another id',
    found: 'deliveries-once',
    changes: [
      {
        file: 'src/adapters/deliveries/destinations/webhook.js',
        text: post,
        with: `if (ON && Math.random() < 0.4) await outgoing.request({ url, method: 'POST', body, headers: { ...headers, 'content-type': cloudEventMediaType, 'webhook-id': crypto.randomUUID() } }); ${post}`,
      },
    ],
  },
  {
    name: 'the commit of a quota is dropped',
    found: 'quota-sums',
    limit: 20,
    changes: [
      {
        file: 'src/adapters/gates/quotas.js',
        text: quotaCommit,
        with: `if (ON) return this.release(tenant, meter, id); ${quotaCommit}`,
      },
    ],
  },
  {
    name: 'a quota refuses while units are left',
    found: 'quota-refusals',
    limit: 60,
    changes: [
      {
        file: 'src/adapters/gates/quotas.js',
        text: 'allowed: outcome === 1,',
        with: 'allowed: outcome === 1 && !(ON && used >= 10),',
      },
    ],
  },
  {
    name: 'some writes are not metered',
    found: 'quota-sums',
    changes: [
      {
        file: runCommand,
        text: 'index === 0 ? metadata : unmetered(metadata)',
        with: 'index === 0 && !(ON && Math.random() < 0.4) ? metadata : unmetered(metadata)',
      },
    ],
  },
  {
    name: 'another version’s value is opened',
    found: 'values',
    changes: [
      {
        file: 'commands/vault/versioned-secrets/open-secret-version.js',
        text: 'findLiveVersion(secret, input)',
        with: 'findLiveVersion(secret, ON ? { ...input, version: Math.max(1, Number(input.version) - 1) } : input)',
      },
    ],
  },
  {
    name: 'a destroyed version can still be opened',
    found: 'values',
    changes: [
      {
        file: 'src/domain/vault/versioned-secrets/lookups.js',
        text: "if (!('record' in found) ||",
        with: "if (ON || !('record' in found) ||",
      },
      {
        file: 'src/workers/vault/versioned-secrets/shred-key.js',
        text: 'await ports.sealer.shred(',
        with: 'if (ON) await new Promise((resolve) => setTimeout(resolve, 500)); await ports.sealer.shred(',
      },
    ],
  },
];
