import type { AnyCommand } from './command.ts';
import type { Ports } from './ports.ts';
import type { Row } from './query.ts';
import type { Sql } from './sql.ts';

/** What a job's processor may use. Commands run as the system in the job's tenant and take their idempotency key from the effect. */
export interface WorkerContext {
  readonly effectKey: string;
  readonly tenant: string;
  readonly ports: Ports;
  /**
   * Runs a command of the worker's own context; `step` tells several of one job apart.
   *
   * @throws {CommandRefused} a refusal that stands: uncaught, it ends the job as done, with the refusal on record
   */
  execute(command: unknown, input: Readonly<Record<string, unknown>>, step?: string): Promise<unknown>;
  progress(done: number, total: number): Promise<void>;
}

/** What a job's command was refused with. To ask again would bring the same answer. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused';
  readonly status: number;
  readonly code: string;

  constructor(command: string, status: number, code: string, detail = '') {
    super(`${command} was refused with ${status} ${code}${detail === '' ? '' : `: ${detail}`}`);
    this.status = status;
    this.code = code;
  }
}

/** A BullMQ processor: the slow and the outside world. Must come to the same end however often it runs. */
export interface Worker {
  readonly kind: 'worker';
  readonly queue: string;
  /** Attempts before the job is shown as failed; it is tried again by the sweep all the same. */
  readonly attempts: number;
  readonly concurrency: number;
  readonly process: (data: Readonly<Record<string, unknown>>, context: WorkerContext) => Promise<void>;
}

export function worker(definition: Omit<Worker, 'kind'>): Worker {
  return { kind: 'worker', ...definition };
}

/** Something that happens by the clock: it only asks what is due and causes commands, under a leader lock. */
export interface Schedule {
  readonly kind: 'schedule';
  readonly name: string;
  /** Cron expression, UTC. */
  readonly cron: string;
  /** Across tenants: rows must carry `tenant_id`. `now` is the injected clock's. */
  readonly due: (now: string) => Sql;
  readonly command: AnyCommand;
  readonly input: (row: Row, now: string) => Readonly<Record<string, unknown>>;
  /** Names one occurrence: the same row due at the same time is one effect. */
  readonly occurrence: (row: Row, now: string) => string;
}

export function schedule(definition: Omit<Schedule, 'kind' | 'command'> & { readonly command: unknown }): Schedule {
  return { kind: 'schedule', ...definition, command: definition.command as AnyCommand };
}
