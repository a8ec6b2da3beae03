import type { LiveView } from '../adapters/live-view/live-view.ts';
import type { Database } from '../adapters/postgres/database.ts';
import type { Readiness } from '../http/probes.ts';
import { sql } from '../kernel/sql.ts';

/** The log through the live view, which proves its freshness several times a second; Postgres by a question of its own. */
export function readinessOf(liveView: LiveView, reader: Database): Readiness {
  return async () => {
    const postgres = await reader.run(sql`select 1`).then(
      () => true,
      () => false,
    );
    return [
      { name: 'eventLog', ready: liveView.fresh(), detail: 'the event log has not been heard of for a second' },
      { name: 'postgres', ready: postgres, detail: 'the database cannot be reached' },
    ];
  };
}
