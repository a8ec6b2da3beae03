import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { v4 as uuidv4 } from 'uuid';
import { auditLog } from '../../../projections/audit/audit-log.ts';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { connectDatabase, type Database } from '../../../src/adapters/postgres/database.ts';
import { kernelMigrations } from '../../../src/adapters/postgres/kernel-migrations.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { startProjector } from '../../../src/adapters/projector/projector.ts';
import { rebuildProjection } from '../../../src/adapters/projector/rebuild.ts';
import { verifyProjection } from '../../../src/adapters/projector/verify.ts';
import { entryFrom } from '../../../src/domain/audit/entry-rows.ts';
import { leafHash, rangeRoots } from '../../../src/kernel/crypto/merkle.ts';
import type { EventLog, LogEvent } from '../../../src/kernel/log.ts';
import { chainNext, chainOrigin, chainStart, entryOf, leafData } from '../../../src/kernel/proof/entry.ts';
import type { Row } from '../../../src/kernel/query.ts';
import { rawSql, sql } from '../../../src/kernel/sql.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { until } from '../../adapters/projector/support.ts';
import { sharedStores } from '../../support/stores.ts';

describe('audit_log', () => {
  let log: EventLog;
  let owner: Database;
  let app: Database;
  const deps = () => ({ log, owner, appRole: app.role, telemetry: silent });

  beforeEach(async () => {
    const { ownerUrl, url } = await sharedStores().freshDatabase();
    [owner, app] = [connectDatabase(ownerUrl), connectDatabase(url)];
    await migrate(owner, app.role, kernelMigrations);
    log = connectEventLog((await sharedStores().freshEventNode()).url);
  });
  afterEach(async () => {
    await log.close();
    await app.close();
    await owner.close();
  });

  const append = async (stream: string, type: string, count = 1, metadata: object = {}): Promise<bigint> => {
    const events = Array.from({ length: count }, (_, n) => ({
      id: uuidv4(),
      type,
      data: { n, status: 404, code: 'SecretNotFound' },
      metadata: {
        tenant: 'acme',
        actor: { type: 'user', id: 'alice' },
        at: '2026-01-01T00:00:00.000Z',
        operation: 'vault.writeSecret',
        action: 'vault.secret.write',
        subject: 'db',
        salt: randomBytes(16).toString('base64url'),
        ...metadata,
      },
    }));
    return (await log.append(stream, events, 'any')).position;
  };
  const rows = (table: string): Promise<readonly Row[]> =>
    owner.run(sql`select * from ${rawSql(`read_models.${table}`)} order by 1, 2, 3`);
  const stored = async (tenant: string): Promise<readonly LogEvent[]> => {
    const { events } = await log.readAll({ max: 5_000 });
    return events.filter(({ stream }) => stream.includes(`-${tenant}.`));
  };
  const project = async (position: bigint): Promise<void> => {
    const projector = startProjector({ ...deps(), projections: [auditLog] });
    await until(async () => {
      const [row] = await owner.run(sql`select position from kernel.projections where name = 'audit_log'`);
      return ((row?.['position'] ?? -1n) as bigint) >= position;
    });
    await projector.stop();
  };

  it('has an entry, a link and a leaf for every event, in order, for each tenant alone', async () => {
    await append('vault.Secret-acme.db', 'vault.Secret.VersionAdded', 3);
    await append('vault.Secret-globex.db', 'vault.Secret.VersionDestroyed', 2);
    await project(await append('audit.Request-acme.2026-01-01', 'audit.Request.Denied'));
    const entries = (await rows('audit_entries')).filter((row) => row['tenant_id'] === 'acme');
    let chain = chainStart(chainOrigin('acme'));
    const events = await stored('acme');
    expect(entries).to.have.lengthOf(4);
    entries.forEach((row, index) => {
      const entry = entryOf(index, events[index] as LogEvent);
      expect(entryFrom(row)).to.deep.equal(entry);
      expect(row['leaf']).to.deep.equal(leafHash(leafData(entry)));
      chain = chainNext(chain, row['leaf'] as Buffer);
      expect(row['chain']).to.deep.equal(chain);
    });
    expect(entries[3]).to.include({ outcome: 'denied', status: 404, code: 'SecretNotFound', severity: 'warning' });
    expect(entries[0]).to.include({ outcome: 'done', status: null, severity: 'notice', service: 'vault' });
    const heads = await rows('audit_heads');
    expect(heads.map((head) => [head['tenant_id'], head['size'], head['notable']])).to.deep.equal([
      ['acme', 4n, 4n],
      ['globex', 2n, 2n],
    ]);
    const leaves = entries.map((row) => row['leaf'] as Buffer);
    expect(heads[0]?.['root']).to.deep.equal(rangeRoots(leaves)(0, 4));
    expect(heads[0]?.['chain']).to.deep.equal(chain);
    const [seen] = await app.transaction(async (run) => {
      await run(sql`select set_config('keyledger.tenant', 'globex', true)`);
      return run(sql`select count(*)::int as entries, min(severity) as severity from read_models.audit_entries`);
    });
    expect(seen).to.deep.equal({ entries: 2, severity: 'critical' });
  });

  it('rolls full tiles up, and is the same when it is rebuilt and however often the projector was stopped', async () => {
    for (const count of [255, 1, 700, 44, 513]) {
      await project(await append(`vault.Secret-acme.s${count}`, 'vault.Secret.VersionAdded', count));
    }
    const tiles = (await rows('audit_tiles')).map((row) => [
      row['level'],
      row['tile'],
      (row['hashes'] as Buffer).length / 32,
    ]);
    expect(tiles).to.deep.equal([
      [0, 0n, 256],
      [0, 1n, 256],
      [0, 2n, 256],
      [0, 3n, 256],
      [0, 4n, 256],
      [0, 5n, 233],
      [1, 0n, 5],
    ]);
    const before = await rows('audit_heads');
    expect(await verifyProjection(deps(), auditLog)).to.include({ differences: 0 });
    await rebuildProjection(deps(), auditLog);
    expect(await rows('audit_heads')).to.deep.equal(before);
  });

  it('has an entry for what nobody of ours has written, too', async () => {
    await append('orders-1', 'order placed', 1, { actor: 'nobody', at: 7, subject: 'a\0b\ud800', source: '\0' });
    await append('vault.Secret-acme.db', 'vault.Secret.VersionAdded', 1, {
      subject: 'x'.repeat(9_000),
      salt: undefined,
    });
    await project(await append('audit.Request-acme.2026-01-01', 'audit.Request.Refused', 1, { tenant: 'globex' }));
    const entries = await rows('audit_entries');
    expect(entries.map((row) => row['tenant_id'])).to.deep.equal(['acme', 'acme', 'platform']);
    expect(entries[2]).to.include({ subject: 'a\ufffdb\ufffd', at: '', actor_id: 'unknown', source: '\ufffd' });
    for (const row of entries) {
      const data = leafData(entryFrom(row));
      expect(data.length).to.be.below(65_536);
      expect(leafHash(data)).to.deep.equal(row['leaf']);
    }
  });
});
