import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { connectDatabase } from '../../../src/adapters/postgres/database.ts';
import { kernelMigrations } from '../../../src/adapters/postgres/kernel-migrations.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { rebuildProjection } from '../../../src/adapters/projector/rebuild.ts';
import { silent } from '../../../src/kernel/telemetry.ts';
import { work } from '../in-process.ts';
import { type ModelName, models } from '../synthetic/models.ts';

/** What a rebuild is asked for. */
export interface RebuildAsked {
  readonly model: ModelName;
  readonly events: number;
  readonly eventStoreUrl: string;
  readonly ownerUrl: string;
  readonly appRole: string;
}

/** Rebuilds one read model as `keyledger projections rebuild` does. */
work<RebuildAsked & Record<string, unknown>>(async ({ appRole, events, eventStoreUrl, model, ownerUrl }) => {
  const log = connectEventLog(eventStoreUrl);
  const owner = connectDatabase(ownerUrl);
  await migrate(owner, appRole, kernelMigrations);
  const began = performance.now();
  await rebuildProjection({ log, owner, appRole, telemetry: silent }, models[model].projection);
  const seconds = (performance.now() - began) / 1_000;
  await Promise.all([log.close(), owner.close()]);
  return { perSecond: events / seconds };
});
