import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { v4 as uuidv4 } from 'uuid';
import { client } from '../../../infra/event-node/admin.ts';
import { auditLog } from '../../../projections/audit/audit-log.ts';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { connectDatabase, type Database } from '../../../src/adapters/postgres/database.ts';
import { kernelMigrations } from '../../../src/adapters/postgres/kernel-migrations.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { startProjector } from '../../../src/adapters/projector/projector.ts';
import { rebuildProjection } from '../../../src/adapters/projector/rebuild.ts';
import { verifyProjection } from '../../../src/adapters/projector/verify.ts';
import { RetentionRun } from '../../../src/domain/audit/retention/retention-run.ts';
import type { EventLog } from '../../../src/kernel/log.ts';
import { packLeaves } from '../../../src/kernel/proof/kept-leaves.ts';
import type { Row } from '../../../src/kernel/query.ts';
import { rawSql, sql } from '../../../src/kernel/sql.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { until } from '../../adapters/projector/support.ts';
import { write } from '../../support/events.ts';
import { sharedStores } from '../../support/stores.ts';

const day = '2026-01-01';
const requests = `audit.Request-acme.${day}`;
const runId = uuidv4();

describe('audit_log after retention', () => {
  let log: EventLog;
  let nodeUrl: string;
  let owner: Database;
  let app: Database;
  const deps = () => ({ log, owner, appRole: app.role, telemetry: silent });

  beforeEach(async () => {
    const { ownerUrl, url } = await sharedStores().freshDatabase();
    [owner, app] = [connectDatabase(ownerUrl), connectDatabase(url)];
    await migrate(owner, app.role, kernelMigrations);
    nodeUrl = (await sharedStores().freshEventNode()).url;
    log = connectEventLog(nodeUrl);
  });
  afterEach(async () => {
    await log.close();
    await app.close();
    await owner.close();
  });

  const append = async (stream: string, type: string, count = 1): Promise<bigint> => {
    const events = Array.from({ length: count }, (_, n) => ({
      id: uuidv4(),
      type,
      data: { n, status: 200 },
      metadata: {
        tenant: 'acme',
        actor: { type: 'user', id: 'alice' },
        at: `${day}T00:00:00.000Z`,
        salt: randomBytes(16).toString('base64url'),
      },
    }));
    return (await log.append(stream, events, 'any')).position;
  };
  const rows = (table: string): Promise<readonly Row[]> =>
    owner.run(sql`select * from ${rawSql(`read_models.${table}`)} order by 1, 2, 3`);
  const everything = async (): Promise<unknown> => ({
    entries: await rows('audit_entries'),
    pruned: await rows('audit_pruned'),
    kept: await rows('audit_kept_leaves'),
    tiles: await rows('audit_tiles'),
    heads: await rows('audit_heads'),
  });
  const project = async (): Promise<void> => {
    const head = (await log.head()) ?? 0n;
    const projector = startProjector({ ...deps(), projections: [auditLog] });
    await until(async () => {
      const [row] = await owner.run(sql`select position from kernel.projections where name = 'audit_log'`);
      return ((row?.['position'] ?? -1n) as bigint) >= head;
    });
    await projector.stop();
  };
  const record = (...events: Parameters<typeof write>[2]) =>
    write(log, RetentionRun, events, { tenant: 'acme', id: runId });

  /** Prunes the first facts about requests and keeps their leaves, as a run would. */
  const retain = async (forget = (_index: number): boolean => false): Promise<number> => {
    const taken = await owner.run(sql`
      select index, position, leaf from read_models.audit_entries where stream = ${requests} order by revision`);
    const ranges = taken.map((row) => ({ first: Number(row['index']), last: Number(row['index']) }));
    const kept = taken.filter((row) => !forget(Number(row['index'])));
    const leaves = kept.map((row) => ({
      index: Number(row['index']),
      position: row['position'] as bigint,
      leaf: row['leaf'] as Buffer,
    }));
    await record(RetentionRun.events.EntriesPruned({ runId, entries: taken.length, bytes: 1, ranges, upTo: 1 }));
    for (let from = 0; from < leaves.length; from += 300) {
      const part = packLeaves(leaves.slice(from, from + 300));
      await record(RetentionRun.events.LeavesKept({ runId, day, from, leaves: part }));
    }
    await log.truncate(requests, taken.length);
    return taken.length;
  };

  const scavenged = async (left: number): Promise<void> => {
    await client(nodeUrl).scavenge();
    await until(async () => {
      const { events } = await log.readAll({ max: 5_000 });
      return events.filter(({ stream }) => stream === requests).length === left;
    });
  };

  it('keeps chain and tree, and is the same when it is rebuilt: before the log frees the facts, and after', async () => {
    for (let n = 0; n < 40; n++) {
      await append(requests, 'audit.Request.Answered', 1 + (n % 7));
      await append('vault.Secret-acme.db', 'vault.Secret.VersionAdded', 1 + (n % 3));
      await append('audit.Request-globex.2026-01-01', 'audit.Request.Answered');
    }
    await project();
    const before = (await everything()) as Record<string, readonly Row[]>;
    const count = await retain();
    await append('vault.Secret-acme.db', 'vault.Secret.VersionAdded', 3);
    await project();
    const live = (await everything()) as Record<string, readonly Row[]>;
    expect(live['pruned']).to.have.lengthOf(count);
    const own = (before['entries'] ?? []).filter((row) => row['stream'] === requests);
    const kept = ({ index, position, leaf, chain, stream, revision }: Row) => ({
      index,
      position,
      leaf,
      chain,
      stream,
      revision,
    });
    expect(live['pruned']?.map(kept)).to.deep.equal(own.map(kept));
    expect(live['kept']).to.deep.equal([]);

    expect(await verifyProjection(deps(), auditLog)).to.include({ differences: 0 });
    await rebuildProjection(deps(), auditLog);
    expect(await everything()).to.deep.equal(live);

    await scavenged(1);
    expect(await verifyProjection(deps(), auditLog)).to.include({ differences: 0 });
    await rebuildProjection(deps(), auditLog);
    expect(await everything()).to.deep.equal(live);
  }).timeout(60_000);

  it('puts years of lost facts between two events in turns', async () => {
    for (let n = 0; n < 30; n++) await append(requests, 'audit.Request.Answered', 400);
    await append('vault.Secret-acme.db', 'vault.Secret.VersionAdded');
    await project();
    const count = await retain();
    await project();
    const live = await everything();
    await scavenged(1);
    await rebuildProjection(deps(), auditLog);
    expect(count).to.equal(12_000);
    expect(await everything()).to.deep.equal(live);
  }).timeout(90_000);

  it('does not go on over events that are lost without a word', async () => {
    await append(requests, 'audit.Request.Answered', 5);
    await append('vault.Secret-acme.db', 'vault.Secret.VersionAdded');
    await project();
    await retain((index) => index === 2);
    await project();
    await scavenged(1);
    const failed = await verifyProjection(deps(), auditLog, { signal: AbortSignal.timeout(1_000) }).catch(
      (error: Error) => error.name,
    );
    expect(failed).to.equal('TimeoutError');
  }).timeout(30_000);
});
