/** A wanted event of a stream. */
export interface Rung {
  readonly bell: string;
  readonly revision: number;
  readonly position: bigint;
  /** It was there before the subscription. */
  readonly before: boolean;
}

/** Positions behind the one, up to and with the other. */
export interface Range {
  readonly after: bigint;
  readonly to: bigint;
}

export interface Received {
  readonly bell: string;
  readonly revision: number;
  /** Refused ones come again. */
  readonly taken: boolean;
}

/** What each event is owed: to be taken once for its happening, and once for each replay it is in. */
export function owed(rung: readonly Rung[], replays: readonly Range[]): ReadonlyMap<string, number> {
  return new Map(
    rung.map((each) => [nameOf(each), (each.before ? 0 : 1) + replays.filter((range) => within(each, range)).length]),
  );
}

/** Events that were not taken as often as they are owed. */
export function missing(
  rung: readonly Rung[],
  replays: readonly Range[],
  received: readonly Received[],
): readonly string[] {
  const taken = received.filter((each) => each.taken).map(nameOf);
  return [...owed(rung, replays)]
    .filter(([name, times]) => taken.filter((other) => other === name).length < times)
    .map(([name]) => name);
}

/**
 * What was sent and should not have been: an event nobody is owed, or one before the wanted event in front of it was taken, where it is
 * not the first of its stream in what happens or in a replay.
 */
export function untimely(
  rung: readonly Rung[],
  replays: readonly Range[],
  received: readonly Received[],
): readonly string[] {
  const due = owed(rung, replays);
  const taken = new Set<string>();
  return received.flatMap((each) => {
    const name = nameOf(each);
    const stream = rung.filter(({ bell }) => bell === each.bell);
    const at = stream.findIndex(({ revision }) => revision === each.revision);
    const [own, front] = [stream[at], stream[at - 1]];
    const begins = own !== undefined && beginnings(stream, replays).includes(own);
    const inTurn = begins || (front !== undefined && taken.has(nameOf(front)));
    if (each.taken) taken.add(name);
    return own !== undefined && (due.get(name) ?? 0) > 0 && inTurn ? [] : [name];
  });
}

/** The first of a stream that happened, and the first in each replay. */
function beginnings(stream: readonly Rung[], replays: readonly Range[]): readonly (Rung | undefined)[] {
  return [stream.find(({ before }) => !before), ...replays.map((range) => stream.find((each) => within(each, range)))];
}

function within({ position }: Rung, { after, to }: Range): boolean {
  return position > after && position <= to;
}

function nameOf({ bell, revision }: Pick<Received, 'bell' | 'revision'>): string {
  return `${bell} ${revision}`;
}
