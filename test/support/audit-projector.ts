import { auditLog } from '../../projections/audit/audit-log.ts';
import { connectEventLog } from '../../src/adapters/event-log/event-log.ts';
import { connectDatabase } from '../../src/adapters/postgres/database.ts';
import { startProjector } from '../../src/adapters/projector/projector.ts';
import { silent } from '../../src/kernel/telemetry.ts';

/** A projector of the audit in a process of its own, for tests that kill it: event log, owner's database, app role. */
const [events = '', database = '', appRole = ''] = process.argv.slice(2);

startProjector({
  log: connectEventLog(events),
  owner: connectDatabase(database),
  appRole,
  projections: [auditLog],
  telemetry: silent,
});
process.on('disconnect', () => process.exit(0));
