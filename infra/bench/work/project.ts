import { setTimeout as sleep } from 'node:timers/promises';
import { auditLog } from '../../../projections/audit/audit-log.ts';
import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { connectDatabase } from '../../../src/adapters/postgres/database.ts';
import { kernelMigrations } from '../../../src/adapters/postgres/kernel-migrations.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { startProjector } from '../../../src/adapters/projector/projector.ts';
import { root } from '../../../src/app.ts';
import type { Projection } from '../../../src/kernel/projection.ts';
import { discover } from '../../../src/kernel/registry.ts';
import { rawSql } from '../../../src/kernel/sql.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { work } from '../in-process.ts';
import { entriesWithoutTree } from '../synthetic/entries-without-tree.ts';

/** Which audit the projector keeps beside all other read models. */
export type AuditKept = 'whole' | 'without its tree' | 'none';

/** What the projector is asked to build. */
export interface ProjectAsked extends Record<string, unknown> {
  readonly audit: AuditKept;
  readonly events: number;
  readonly eventStoreUrl: string;
  readonly ownerUrl: string;
  readonly appRole: string;
}

const audits: Readonly<Record<AuditKept, readonly Projection[]>> = {
  whole: [auditLog],
  'without its tree': [entriesWithoutTree],
  none: [],
};

/** Follows the log from its start with every read model of the product, as a process that serves does, in an empty database. */
work<ProjectAsked>(async ({ appRole, audit, eventStoreUrl, events, ownerUrl }) => {
  const log = connectEventLog(eventStoreUrl);
  const owner = connectDatabase(ownerUrl);
  await owner.run(rawSql('drop schema if exists read_models, kernel cascade'));
  await migrate(owner, appRole, kernelMigrations);
  const registry = await discover(root);
  const others = registry.projections.map(({ value }) => value).filter(({ name }) => name !== auditLog.name);
  const projections = [...others, ...audits[audit]];
  const head = (await log.head()) ?? 0n;
  const began = performance.now();
  const projector = startProjector({ log, owner, appRole, projections, telemetry: silent });
  const isThere = (): boolean => {
    const { tracks } = projector.status();
    return tracks.length === projections.length && tracks.every(({ position = 0n }) => position >= head);
  };
  while (!isThere()) await sleep(20);
  const seconds = (performance.now() - began) / 1_000;
  await projector.stop();
  await Promise.all([log.close(), owner.close()]);
  return { perSecond: events / seconds };
});
