import type { EventLog } from '../../kernel/log.ts';
import type { Reaction } from '../../kernel/reaction.ts';
import { sql } from '../../kernel/sql.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Database, Run } from '../postgres/database.ts';

/** Before the first event. */
export const beforeAll = -1n;

/** How far each reaction has read, by its name: the last commit position it has seen. */
export type Positions = ReadonlyMap<string, bigint>;

/**
 * Notes where reactions that are new to this installation begin: behind the last fact, so that a release never acts upon history,
 * unless the reaction asks for all of it.
 *
 * @throws {StoreUnavailable}
 */
export async function registerReactions(options: {
  readonly log: EventLog;
  readonly owner: Database;
  readonly reactions: readonly Reaction[];
  readonly telemetry: Telemetry;
}): Promise<void> {
  const { log, owner, reactions, telemetry } = options;
  const known = await positionsOf(owner.run, reactions);
  const head = (await log.head()) ?? beforeAll;
  for (const { from, name } of reactions) {
    const position = known.get(name);
    if (position === undefined) {
      const start = from === 'start' ? beforeAll : head;
      await owner.run(sql`
        insert into kernel.reaction_checkpoints (name, position) values (${name}, ${start}) on conflict (name) do nothing`);
    } else if (position > head) {
      const facts = { reaction: name, position: String(position), head: String(head) };
      telemetry.log.error(facts, 'a reaction has read further than the log goes: restore log and database together');
    }
  }
}

export async function positionsOf(run: Run, reactions: readonly Reaction[]): Promise<Positions> {
  const names = reactions.map(({ name }) => name);
  const rows = await run(sql`select name, position from kernel.reaction_checkpoints where name = any(${names})`);
  return new Map(rows.map((row) => [row['name'] as string, row['position'] as bigint]));
}

/** Moves every reaction that is behind the position up to it. */
export async function advance(run: Run, reactions: readonly Reaction[], position: bigint): Promise<void> {
  const names = reactions.map(({ name }) => name);
  await run(sql`
    update kernel.reaction_checkpoints set position = ${position} where name = any(${names}) and position < ${position}`);
}

/** From where to read for all of them. */
export function earliest(positions: Positions): bigint | undefined {
  const first = [...positions.values()].reduce((low, position) => (position < low ? position : low));
  return first === beforeAll ? undefined : first;
}
