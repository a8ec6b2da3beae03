import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { auditLog } from '../../../projections/audit/audit-log.ts';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { connectDatabase } from '../../../src/adapters/postgres/database.ts';
import { kernelMigrations } from '../../../src/adapters/postgres/kernel-migrations.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { verifyProjection } from '../../../src/adapters/projector/verify.ts';
import { sql } from '../../../src/kernel/sql.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { until } from '../../adapters/projector/support.ts';
import { sharedStores } from '../../support/stores.ts';

const child = fileURLToPath(new URL('../../support/audit-projector.js', import.meta.url));

describe('audit_log, its projector killed again and again', function () {
  this.timeout(60_000);

  it('has each entry once, in its place, and the tree of a replay', async () => {
    const { ownerUrl, url } = await sharedStores().freshDatabase();
    const events = (await sharedStores().freshEventNode()).url;
    const [owner, app, log] = [connectDatabase(ownerUrl), connectDatabase(url), connectEventLog(events)];
    await migrate(owner, app.role, kernelMigrations);
    const total = 1_600;
    for (let n = 0; n < total; n += 400) {
      const batch = Array.from({ length: 400 }, () => ({ id: randomUUID(), type: 'a.B.C', data: {}, metadata: {} }));
      await log.append(`a.B-${n % 800 === 0 ? 'acme' : 'globex'}.${n}`, batch, 'none');
    }
    const size = async (): Promise<number> => {
      const [row] = await owner
        .run(sql`select coalesce(sum(size), 0)::int as size from read_models.audit_heads`)
        .catch(() => []);
      return Number(row?.['size'] ?? 0);
    };
    const running: ChildProcess[] = [];
    for (let before = -1; (await size()) < total; ) {
      const projector = fork(child, [events, ownerUrl, app.role], { stdio: 'inherit', execArgv: [] });
      running.push(projector);
      await until(async () => (await size()) > before, 5);
      before = await size();
      if (before >= total) break;
      projector.kill('SIGKILL');
      await once(projector, 'exit');
    }
    running.at(-1)?.kill('SIGKILL');
    const deps = { log, owner, appRole: app.role, telemetry: silent };
    const verified = await verifyProjection(deps, auditLog);
    expect(verified).to.include({ differences: 0 });
    expect(running.length).to.be.at.least(2);
    await Promise.all([log.close(), app.close(), owner.close()]);
  });
});
