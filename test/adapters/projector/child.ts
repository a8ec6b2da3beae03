import { connectEventLog } from '../../../src/adapters/event-log/event-log.ts';
import { connectDatabase } from '../../../src/adapters/postgres/database.ts';
import { startProjector } from '../../../src/adapters/projector/projector.ts';

import { counterAggregate, countersOf, recorded } from './support.ts';

/** A projector in a process of its own, for tests that kill it: event log, owner's database, app role, aggregate. */
const [events = '', database = '', appRole = '', name = ''] = process.argv.slice(2);

const projector = startProjector({
  log: connectEventLog(events),
  owner: connectDatabase(database),
  appRole,
  projections: [countersOf(counterAggregate(name))],
  telemetry: recorded(),
});
process.on('disconnect', () => void projector.stop().finally(() => process.exit(0)));
