import type { AnyCommand } from '../../kernel/command.ts';
import type { EventLog, LogEvent } from '../../kernel/log.ts';
import type { Reaction } from '../../kernel/reaction.ts';
import type { Database } from '../postgres/database.ts';
import type { ClaimedEffect } from './effect.ts';
import type { Enqueuer } from './enqueuer.ts';
import { ask, type ExecuteAs, infoOf } from './execute.ts';
import { react } from './react.ts';
import { insertEffects, markDone } from './rows.ts';

export interface DispatchOptions {
  readonly log: EventLog;
  readonly owner: Database;
  readonly reactions: readonly Reaction[];
  readonly commands: readonly AnyCommand[];
  readonly executeAs: ExecuteAs;
  readonly enqueuer: Enqueuer;
}

/** Does what the dispatch queue holds: commands, and events a reaction has failed on before. */
export function dispatcher(options: DispatchOptions): (effect: ClaimedEffect) => Promise<void> {
  const commands = new Map(options.commands.map((command) => [command.name, command]));
  return async (effect) => {
    if (effect.kind === 'held') return reactAgain(options, effect);
    const { command: name, input } = effect.data as { command: string; input: unknown };
    const command = commands.get(name);
    if (command === undefined) throw new Error(`this release has no command ${name}`);
    const info = infoOf(effect);
    await ask(options.executeAs, { command, input, tenant: effect.tenant, part: effect.reaction, info });
  };
}

async function reactAgain({ enqueuer, log, owner, reactions }: DispatchOptions, effect: ClaimedEffect): Promise<void> {
  const reaction = reactions.find(({ name }) => name === effect.reaction);
  if (reaction === undefined) throw new Error(`this release has no reaction ${effect.reaction}`);
  const { revision, stream } = effect.data as { stream: string; revision: number };
  const caused = react(reaction, await eventAt(log, stream, revision));
  const fresh = await owner.transaction(async (run) => {
    const inserted = await insertEffects(run, caused);
    await markDone(run, effect.key);
    return inserted;
  });
  await enqueuer.enqueue(fresh);
}

async function eventAt(log: EventLog, stream: string, revision: number): Promise<LogEvent> {
  for await (const event of log.readStream(stream, { from: revision, max: 1 })) {
    if (event.revision === revision) return event;
  }
  throw new Error(`${stream} has no event at revision ${revision}`);
}
