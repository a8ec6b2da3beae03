import type { ProjectorOptions, ProjectorStatus } from './options.ts';
import { Supervisor } from './supervisor.ts';

export interface Projector {
  /** Finishes the batches in flight and gives the leases up, so that another process takes over at once. */
  stop(): Promise<void>;
  status(): ProjectorStatus;
}

/**
 * Keeps read models up to date from the log. Any number of processes may run it on the same projections: leases decide which one
 * writes each. A log or a database that is away is waited for; nothing here ends the process.
 */
export function startProjector(options: ProjectorOptions): Projector {
  const { only, ...rest } = options;
  const projections = options.projections.filter(({ name }) => only === undefined || only.includes(name));
  const supervisor = new Supervisor({ ...rest, projections });
  const running = supervisor.run();
  return {
    stop: async () => {
      supervisor.abort();
      await running;
    },
    status: () => supervisor.status(),
  };
}
