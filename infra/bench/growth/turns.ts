import { setTimeout as sleep } from 'node:timers/promises';
import type { MachineFloor } from '../floor.ts';
import { Connection } from '../load/connection.ts';
import type { Asked } from '../load/job.ts';
import { headerLines, succeeded } from '../secrets.ts';

/** Milliseconds of rest before each request, for what the one before has left to be done. */
const restMs = 15;
/** Turns that warm code, plans and caches, and do not count. */
const warming = 20;

const patience = 3;
/** Turns between two looks at whether they tell enough. */
const lookEvery = 20;

/** One size of log, and the request that it is asked in each turn. */
export interface Contender {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  request(turn: number): Asked;
}

/** Milliseconds by turn, of one size. */
export interface Taken {
  readonly ms: readonly number[];
  /** Of the machine alone, right after. */
  readonly floor: readonly number[];
}

/** When the turns end. */
export interface Until {
  /** Turns that count, at least. */
  readonly least: number;
  /** How long they go on at least; three times as long at most. */
  readonly forSeconds: number;
  /** Whether they tell enough by now, whatever it is that they tell. */
  enough(taken: readonly Taken[]): boolean;
}

/**
 * Asks all sizes one after the other, one request at a time, turn after turn; each turn begins with another size, and beside each request
 * the machine's floor is taken.
 */
export async function inTurns(
  contenders: readonly Contender[],
  floor: MachineFloor,
  until: Until,
): Promise<readonly Taken[]> {
  const seats = await Promise.all(contenders.map(seat));
  const taken = seats.map((each) => each.taken);
  let began = performance.now();
  for (let turn = 0; turn < warming || goesOn(until, taken, performance.now() - began); turn++) {
    if (turn === warming) began = performance.now();
    for (const { ask, taken: mine } of ordered(seats, turn)) {
      await sleep(restMs);
      const ms = await ask(turn);
      const alone = await floor.take();
      if (turn < warming) continue;
      mine.ms.push(ms);
      mine.floor.push(alone);
    }
  }
  for (const { close } of seats) close();
  return taken;
}

function goesOn({ enough, forSeconds, least }: Until, taken: readonly Taken[], elapsedMs: number): boolean {
  const turns = taken[0]?.ms.length ?? 0;
  const leastMs = forSeconds * 1_000;
  if (turns < least || elapsedMs < leastMs) return true;
  if (elapsedMs >= leastMs * patience) return false;
  return turns % lookEvery !== 0 || !enough(taken);
}

/** Another first in each turn, and every other turn backwards: nobody always comes after the same one. */
function ordered(seats: readonly Seat[], turn: number): readonly Seat[] {
  const { length } = seats;
  const forth = seats.map((_, n) => seats[(n + turn) % length] as Seat);
  return turn % 2 === 0 ? forth : forth.reverse();
}

interface Seat {
  readonly taken: { readonly ms: number[]; readonly floor: number[] };
  ask(turn: number): Promise<number>;
  close(): void;
}

async function seat({ headers, request, url }: Contender): Promise<Seat> {
  const connection = await Connection.open(url);
  const bare = headerLines(headers);
  const withBody = headerLines({ ...headers, 'content-type': 'application/json' });
  return {
    taken: { ms: [], floor: [] },
    close: () => connection.close(),
    ask: async (turn) => {
      const { body, method, path } = request(turn);
      const began = performance.now();
      succeeded(await connection.ask(method, path, body === undefined ? bare : withBody, body));
      return performance.now() - began;
    },
  };
}
