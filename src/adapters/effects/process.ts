import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Telemetry } from '../../kernel/telemetry.ts';
import { messageOf } from './attempt.ts';
import type { QueueWork } from './job-queue.ts';
import { bounded, prefix } from './queues.ts';

/** Tells the queue when to try again. */
class TryAgain extends Error {
  override readonly name = 'TryAgain';
  readonly delayMs: number;

  constructor(cause: unknown, delayMs: number) {
    super(messageOf(cause), { cause });
    this.delayMs = delayMs;
  }
}

/** Milliseconds before another try while the database is away; such a try is not counted. */
const databaseAwayMs = 1_000;
/** Milliseconds telling of progress may take: a job does not wait for Redis to hear of it. */
const progressMs = 1_000;

/** Works one queue of Redis. */
export function workQueue(
  work: QueueWork,
  { connection, telemetry }: { readonly connection: Redis; readonly telemetry: Telemetry },
): Worker {
  const { claimMs, concurrency, queue } = work;
  const worker = new Worker(queue, (job, token) => process(work, job, token), {
    connection,
    prefix,
    concurrency,
    lockDuration: claimMs,
    stalledInterval: claimMs / 2,
    maxStalledCount: 1_000_000,
    runRetryDelay: 1_000,
    skipVersionCheck: true,
    settings: {
      backoffStrategy: (_attempts, _type, error) => (error instanceof TryAgain ? error.delayMs : databaseAwayMs),
    },
  });
  worker.on('error', (error) => telemetry.log.debug({ queue, error: error.message }, 'the queue reports an error'));
  return worker;
}

async function process({ attempt }: QueueWork, job: Job, token: string | undefined): Promise<void> {
  const attempted = await attempt(job.id ?? '', (done, total) =>
    bounded(job.updateProgress({ done, total }), progressMs).catch(() => undefined),
  );
  if (attempted.kind === 'again') throw new TryAgain(attempted.error, attempted.delayMs);
  if (attempted.kind === 'rest') throw new UnrecoverableError(attempted.error);
  if (attempted.kind === 'over') return;
  await job.moveToDelayed(Date.now() + attempted.forMs, token);
  throw new DelayedError();
}
