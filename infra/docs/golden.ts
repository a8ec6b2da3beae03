import { type AnyAggregate, evolveOne } from '../../src/kernel/aggregate.ts';
import { decodeEvent, eventId, streamName } from '../../src/kernel/codec.ts';
import { type Contract, versionsOf } from './contract.ts';
import { sampleOf } from './sample.ts';

/** Events as they were once written, and the state they fold to ever since. */
export interface History {
  readonly events: readonly GoldenEvent[];
  readonly state: unknown;
}

export interface GoldenEvent {
  readonly event: string;
  readonly version: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** `test/golden/vault.Secret.json` */
export const goldenFile = (aggregate: string): string => `test/golden/${aggregate}.json`;

const commandId = '6d7a3c0e-52f4-5b6f-9a53-0f4f7c1f8e21';

/** Reads each event as the log would give it, and folds them one after the other. Returns the state as plain JSON. */
export function foldHistory(aggregate: AnyAggregate, events: readonly GoldenEvent[]): unknown {
  const state = events.reduce((before, { event, version, data }, revision) => {
    const at = new Date(Date.UTC(2026, 0, 1, 0, revision)).toISOString();
    const read = decodeEvent(aggregate, {
      id: eventId(commandId, revision),
      stream: streamName(aggregate.name, 'acme', 'golden'),
      revision,
      position: BigInt(revision),
      type: `${aggregate.name}.${event}`,
      data,
      metadata: { schema: version, tenant: 'acme', at, actor: { type: 'user', id: 'alice' } },
    } as Parameters<typeof decodeEvent>[1]);
    const parsed = aggregate.schemas[event]?.parse(read.event.data);
    return evolveOne(aggregate, before, { ...read.event, data: parsed }, read.fact);
  }, aggregate.initial());
  return plain(state);
}

/** JSON of a state, which may hold maps, sets and bytes. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return part.toString();
    if (part instanceof Map) return Object.fromEntries(part);
    if (part instanceof Set) return [...part];
    return part;
  });
  return text === undefined ? null : JSON.parse(text);
}

/** The events of a contract that stand in no history, as `Event version`. */
export function missingGolden(contract: Contract, histories: readonly History[]): readonly GoldenName[] {
  const have = new Set(histories.flatMap(({ events }) => events.map(({ event, version }) => `${event} ${version}`)));
  return versionsOf(contract).filter(({ event, version }) => !have.has(`${event} ${version}`));
}

type GoldenName = Pick<GoldenEvent, 'event' | 'version'>;

/** The histories with a new one behind them, of samples of all events that stand in none yet. */
export function completeGolden(
  aggregate: AnyAggregate,
  contract: Contract,
  histories: readonly History[],
): readonly History[] {
  const events = missingGolden(contract, histories).map(({ event, version }) => ({
    event,
    version,
    data: sampleOf(contract.events[event]?.versions[version] ?? {}) as GoldenEvent['data'],
  }));
  if (events.length === 0) return histories;
  return [...histories, { events, state: foldHistory(aggregate, events) }];
}
