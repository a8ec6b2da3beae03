import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { createRetentionPolicy } from '../../commands/audit/retention/create-retention-policy.ts';
import { placeLegalHold } from '../../commands/audit/retention/place-legal-hold.ts';
import { previewCleanup } from '../../commands/audit/retention/preview-cleanup.ts';
import { releaseLegalHold } from '../../commands/audit/retention/release-legal-hold.ts';
import { runCleanup } from '../../commands/audit/retention/run-cleanup.ts';
import { auditExternalEvents } from '../../projections/audit/audit-external-events.ts';
import { auditLog } from '../../projections/audit/audit-log.ts';
import { auditRetentionDays } from '../../projections/audit/retention/audit-retention-days.ts';
import { auditRetentionPolicies } from '../../projections/audit/retention/audit-retention-policies.ts';
import { auditRetentionRuns } from '../../projections/audit/retention/audit-retention-runs.ts';
import { listRegistryEvents } from '../../queries/audit/list-registry-events.ts';
import { ask } from '../../src/adapters/effects/execute.ts';
import { runSchedule } from '../../src/adapters/effects/schedule-run.ts';
import { verifyProjection } from '../../src/adapters/projector/verify.ts';
import { ExternalEvent } from '../../src/domain/audit/external-event.ts';
import { loadRun } from '../../src/domain/audit/retention/lookups.ts';
import type { AnyCommand } from '../../src/kernel/command.ts';
import { contentIn, type SealedPayload, sealPayload } from '../../src/kernel/payload.ts';
import { Request } from '../../src/kernel/request.ts';
import { sql } from '../../src/kernel/sql.ts';
import { silent } from '../../src/kernel/telemetry.ts';
import type { Worker, WorkerContext } from '../../src/kernel/worker.ts';
import { applyRetention } from '../../src/workers/audit/retention/apply-retention.ts';
import { pruneExpired } from '../../src/workers/audit/retention/prune-expired.ts';
import { truncateRequests } from '../../src/workers/audit/retention/truncate-requests.ts';
import { write } from '../support/events.ts';
import { requestInfo } from '../support/pipeline.ts';
import { type Stack, startStack } from '../support/stack.ts';

type Body = Readonly<Record<string, unknown>>;

/** The jobs of a run are done here by hand, so that something can happen between any two steps. */
describe('retention under holds, and broken off', function () {
  this.timeout(60_000);
  let stack: Stack;
  let day = 0;

  before(async () => {
    stack = await startStack({
      projections: [auditExternalEvents, auditLog, auditRetentionDays, auditRetentionPolicies, auditRetentionRuns],
    });
  });
  after(() => stack.close());

  const asking = async (endpoint: unknown, input: object): Promise<Body> => {
    const { body, rejection } = await stack.ask(endpoint, input);
    expect(rejection).to.equal(undefined);
    return body as Body;
  };
  /** Facts of a day of their own. */
  const facts = async (...subjects: readonly string[]): Promise<string> => {
    const id = `2025-03-${String(++day).padStart(2, '0')}`;
    for (const subject of subjects) {
      const asked = { operation: 'vault.openSecretVersion', action: 'vault.secret.open', subject };
      await write(stack.log, Request, [Request.events.Answered({ ...asked, status: 200 })], {
        ...{ tenant: stack.tenant, id, at: `${id}T12:00:00.000Z`, metadata: asked },
      });
    }
    return id;
  };
  let policies = 0;
  const policy = async (): Promise<string> => {
    policies++;
    return String((await asking(createRetentionPolicy, { name: 'a month', retentionPeriod: 'P30D' }))['policyId']);
  };
  const hold = async (scope: object): Promise<string> =>
    String((await asking(placeLegalHold, { name: 'case', reason: 'litigation', scope }))['holdId']);
  /** An event of another product long ago, with its payload. */
  const told = async (subject: string): Promise<SealedPayload> => {
    const payload = await sealPayload(stack.ports.sealer, stack.tenant, { note: subject });
    if (payload === undefined) throw new Error('nothing was sealed');
    await write(stack.log, ExternalEvent, [ExternalEvent.events.Recorded({ action: 'told', payload })], {
      ...{ tenant: stack.tenant, id: randomUUID(), at: '2025-02-01T12:00:00.000Z', metadata: { subject } },
    });
    return payload;
  };
  /** What can still be read of such a payload. */
  const read = async ({ sealed }: SealedPayload): Promise<unknown> =>
    contentIn(await stack.ports.personal.open(stack.tenant, sealed));
  const release = (holdId: string): Promise<Body> => asking(releaseLegalHold, { holdId });
  /** Waits until the audit has seen all that stands on the log. */
  const caughtUp = async (): Promise<void> => {
    const head = (await stack.log.head()) ?? 0n;
    const seen = async (): Promise<number> =>
      (await stack.ask(previewCleanup, { policyId: stack.tenant }, { info: { waitFor: head } })).status;
    while ((await seen()) === 503);
  };
  const start = async (policyId: string): Promise<string> => {
    await caughtUp();
    return String((await asking(runCleanup, { policyId }))['executionId']);
  };
  const left = async (id: string): Promise<readonly unknown[]> => {
    const found: unknown[] = [];
    for await (const { data } of stack.log.readStream(`audit.Request-${stack.tenant}.${id}`))
      found.push(data['subject']);
    return found;
  };
  const entries = async (id: string): Promise<readonly unknown[]> => {
    await caughtUp();
    const rows = await stack.ports.read(
      stack.tenant,
      sql`select subject from audit_entries where tenant_id = ${stack.tenant} and starts_with(at, ${id}) order by index`,
    );
    return rows.map(({ subject }) => subject);
  };

  const externals = async (): Promise<readonly unknown[]> => {
    const waitFor = (await stack.log.head()) ?? 0n;
    while ((await stack.ask(listRegistryEvents, {}, { info: { waitFor } })).status === 503);
    return stack.ports.read(
      stack.tenant,
      sql`select event_id from audit_external_events where tenant_id = ${stack.tenant}`,
    );
  };

  /** Does a job as the queue would; `broken` throws after a step of its choice, once. */
  async function work(
    worker: Worker,
    runId: string,
    broken: (command: string) => boolean = () => false,
  ): Promise<void> {
    await caughtUp();
    const { tenant, ports } = stack;
    const { executeAs } = stack.pipeline;
    const breaking = (step: string): void => {
      if (broken(step)) throw new Error(`broken off after ${step}`);
    };
    const context: WorkerContext = {
      effectKey: runId,
      tenant,
      ports: {
        ...ports,
        sealer: {
          ...ports.sealer,
          shred: async (...asked) => {
            await ports.sealer.shred(...asked);
            breaking('shred');
          },
        },
        truncateRequests: async (...asked) => {
          await ports.truncateRequests(...asked);
          breaking('truncate');
        },
      },
      execute: async (command, input, step) => {
        const info = requestInfo({ idempotencyKey: `${runId}.${worker.queue}.${step}` });
        const answer = await ask(executeAs, { command: command as AnyCommand, input, tenant, part: 'test', info });
        breaking((command as AnyCommand).name);
        return answer;
      },
      progress: async () => undefined,
    };
    await worker.process({ runId, position: '0' }, context);
  }
  const done = async (runId: string): Promise<void> => {
    await work(pruneExpired, runId);
    await work(truncateRequests, runId);
  };

  it('keeps what is held after the run was started, whatever the run has promised', async () => {
    const id = await facts('a', 'b', 'c');
    const policyId = await policy();
    const runId = await start(policyId);
    const holdId = await hold({ subjects: ['b'] });
    await done(runId);
    expect([await entries(id), await left(id)]).to.deep.equal([['b'], ['a', 'b', 'c']]);
    await release(holdId);
    await done(await start(policyId));
    expect([await entries(id), await left(id)]).to.deep.equal([[], []]);
  });

  it('keeps the payload that is held after the run was started, and shreds it later', async () => {
    const [one, held] = [await told('k'), await told('l')];
    const policyId = await policy();
    const runId = await start(policyId);
    const holdId = await hold({ subjects: ['l'] });
    await done(runId);
    expect([await read(one), await read(held)]).to.deep.equal([{}, { note: 'l' }]);
    expect(await externals()).to.have.lengthOf(1);
    await release(holdId);
    await done(await start(policyId));
    expect([await read(held), await externals()]).to.deep.equal([{}, []]);
  });

  it('shreds the same keys however often it is broken off', async () => {
    const payloads = [await told('m'), await told('n')];
    const runId = await start(await policy());
    for (const broken of ['audit.clearRun', 'shred', 'shred', 'audit.pruneEntries', 'audit.finishPruning']) {
      const failed = await work(pruneExpired, runId, (step) => step === broken).catch((error: Error) => error.message);
      expect(failed).to.equal(`broken off after ${broken}`);
    }
    await done(runId);
    expect(await Promise.all(payloads.map(read))).to.deep.equal([{}, {}]);
    expect(await loadRun(stack.ports, stack.tenant, runId)).to.include({ status: 'completed', pruned: 2, shredded: 2 });
    expect(await externals()).to.deep.equal([]);
    for (const model of [auditExternalEvents, auditRetentionRuns]) {
      const { app, owner } = stack.database;
      const verified = await verifyProjection({ log: stack.log, owner, appRole: app.role, telemetry: silent }, model);
      expect(verified, model.name).to.include({ differences: 0, parkedStreams: 0 });
    }
  });

  it('keeps on the log what is held after it was pruned, and lets it go later', async () => {
    const id = await facts('d', 'e');
    const policyId = await policy();
    const runId = await start(policyId);
    await work(pruneExpired, runId);
    const holdId = await hold({ eventTypes: ['vault.secret.*'], from: `${id}T00:00:00Z`, until: `${id}T23:59:59Z` });
    await work(truncateRequests, runId);
    expect([await entries(id), await left(id)]).to.deep.equal([[], ['d', 'e']]);
    await release(holdId);
    await facts('f');
    await done(await start(policyId));
    expect(await left(id)).to.deep.equal([]);
  });

  it('comes to the same however often it is broken off', async () => {
    const id = await facts('g', 'h', 'i');
    const runId = await start(await policy());
    const steps = ['audit.clearRun', 'audit.pruneEntries', 'audit.finishPruning'];
    const later = [
      'audit.keepLeaves',
      'audit.expireRequests',
      'truncate',
      'audit.recordTruncation',
      'audit.completeRun',
    ];
    for (const [worker, broken] of [
      ...steps.map((step) => [pruneExpired, step] as const),
      ...later.map((step) => [truncateRequests, step] as const),
    ]) {
      const failed = await work(worker, runId, (step) => step === broken).catch((error: Error) => error.message);
      expect(failed).to.equal(`broken off after ${broken}`);
    }
    await done(runId);
    expect([await entries(id), await left(id)]).to.deep.equal([[], []]);
    expect(await loadRun(stack.ports, stack.tenant, runId)).to.deep.include({
      status: 'completed',
      pruned: 3,
      truncated: [id],
    });
    const { app, owner } = stack.database;
    const verified = await verifyProjection({ log: stack.log, owner, appRole: app.role, telemetry: silent }, auditLog);
    expect(verified).to.include({ differences: 0, parkedStreams: 0 });
  });

  it('is started every night for each policy in force, once', async () => {
    await policy();
    await facts('j');
    await caughtUp();
    const run = async () => {
      const { owner } = stack.database;
      const { executeAs } = stack.pipeline;
      return runSchedule(
        { owner, executeAs, telemetry: silent },
        applyRetention,
        new Date(stack.clock.now()).toISOString(),
      );
    };
    const first = await run();
    // The database has other tenants' policies too.
    expect(first.due).to.be.at.least(policies);
    expect(first).to.include({ done: first.due, refused: 0, unanswered: 0 });
    let started = 0;
    for (let after: bigint | undefined, caughtUp = false; !caughtUp; ) {
      const page = await stack.log.readAll({ after, max: 500, typePrefixes: ['audit.RetentionRun.Started'] });
      started += page.events.filter(({ metadata }) => metadata['tenant'] === stack.tenant).length;
      [after, caughtUp] = [page.next, page.caughtUp];
    }
    const manual = 8;
    expect(started).to.equal(manual + policies);
  });
});
