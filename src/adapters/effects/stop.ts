import type { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { bounded } from './queues.ts';

/** Milliseconds jobs under way may take to end; what is left then is taken over by its claim. */
const graceMs = 10_000;

/** Ends workers and their connection, even while Redis is away. */
export async function closeWorkers(workers: readonly Worker[], connection: Redis): Promise<void> {
  await Promise.all(
    workers.map(async (worker) => {
      const away = connection.status !== 'ready';
      await bounded(worker.close(away), away ? 1_000 : graceMs).catch(() => bounded(worker.close(true), 1_000));
    }),
  ).catch(() => undefined);
  connection.disconnect();
}
