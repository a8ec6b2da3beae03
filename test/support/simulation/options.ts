import type { EventStoreDBClient } from '@eventstore/db-client';
import type { ExecuteAs } from '../../../src/adapters/effects/execute.ts';
import type { JobQueues } from '../../../src/adapters/effects/job-queue.ts';
import type { EventLog } from '../../../src/kernel/log.ts';
import type { Worker } from '../../../src/kernel/worker.ts';
import type { Tampering } from './postgres/pool.ts';

/** A bug that is planted into the system, to prove that runs find it. */
export interface Bug {
  readonly what: string;
  /** A seed that found it; others do too, and changes of the product make it another one. */
  readonly foundBy: number;
  /** The event node's disk answers before it has synced. */
  readonly unsynced?: true;
  readonly sql?: Tampering;
  readonly client?: (client: EventStoreDBClient) => EventStoreDBClient;
  readonly log?: (log: EventLog) => EventLog;
  readonly executeAs?: (executeAs: ExecuteAs) => ExecuteAs;
  readonly queues?: (queues: JobQueues) => JobQueues;
  readonly worker?: (worker: Worker) => Worker;
}
