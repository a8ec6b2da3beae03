import type { AnyCommand } from './command.ts';
import type { Subscription } from './when.ts';

/** What a fact causes: a command of the reaction's own context, or a job. Either has an effect key, unique for ever. */
export type Effect =
  | {
      readonly kind: 'dispatch';
      readonly command: AnyCommand;
      readonly input: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'job';
      readonly queue: string;
      readonly data: Readonly<Record<string, unknown>>;
      /** Milliseconds from now. */
      readonly delayMs?: number;
    };

/** A fact of one context causes a command of another, or an external effect. A replay fires none. */
export interface Reaction {
  readonly kind: 'reaction';
  /** The file's stem: `when-<fact>-<do-this>` */
  readonly name: string;
  readonly on: readonly Subscription<readonly Effect[]>[];
  /** Where a reaction begins that is new to an installation; behind the last fact where absent. */
  readonly from?: 'start' | 'head';
}

export function reaction(definition: {
  readonly name: string;
  readonly from?: 'start' | 'head';
  readonly on: Subscription<readonly Effect[]> | readonly Subscription<readonly Effect[]>[];
}): Reaction {
  const on = 'handle' in definition.on ? [definition.on] : definition.on;
  return { kind: 'reaction', ...definition, on };
}

/** Causes a command. Its idempotency key is the causing event's id, the reaction's name and the effect's place. */
export function dispatch(command: unknown, input: Readonly<Record<string, unknown>>): Effect {
  return { kind: 'dispatch', command: command as AnyCommand, input };
}

/** Causes a job. The data must name things, never hold secrets. */
export function job(queue: string, data: Readonly<Record<string, unknown>>, delayMs?: number): Effect {
  return { kind: 'job', queue, data, ...(delayMs === undefined ? {} : { delayMs }) };
}
