import { violationsIn } from './checker/check.ts';
import { meter, unitsOfWrite } from './checker/facts.ts';
import type { History, RequestRecord, Usage, Violation } from './checker/records.ts';
import type { Fault } from './faults/fault.ts';
import { type Send, sender } from './load/api.ts';
import { load } from './load/load.ts';
import { type LoadReceiver, startLoadReceiver } from './load/receiver.ts';
import { administrator, definePlan, newTenant, type Somebody } from './load/tenants.ts';
import { type Chance, chanceOf } from './random.ts';
import { openReading, type Reading } from './reading.ts';
import { System } from './system/system.ts';

export interface RunOptions {
  /** An empty directory for all data. */
  readonly dir: string;
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** Whether to strike again, asked before each strike. */
  readonly goOn: (strikes: number) => boolean;
  /** Strikes after which everything comes to rest and is checked, and the load begins anew; at the end in any case. */
  readonly checkEvery: number;
  readonly tell: (line: string) => void;
}

export interface RunResult {
  readonly strikes: number;
  readonly kills: number;
  readonly requests: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly events: number;
  readonly violations: readonly Violation[];
}

/** Milliseconds a client waits for an answer. */
const answerMs = 6_000;
/** Milliseconds the system is given to come to rest: the claim of a worker that was killed lasts twenty seconds. */
const restMs = 90_000;
/** Units a month of the tenant that has a limit. */
const limit = 150;
const clients = 3;

/** Lets clients work while faults strike, waits until all has come to rest, and checks the history. */
export async function run(options: RunOptions): Promise<RunResult> {
  const { dir, tell } = options;
  const system = await System.start(dir);
  const receiver = await startLoadReceiver();
  const reading = await openReading(system.stores);
  try {
    tell('the system runs');
    return await disturb(options, { system, receiver, reading });
  } finally {
    await reading.close();
    await receiver.close();
    await system.stop();
  }
}

interface Running {
  readonly system: System;
  readonly receiver: LoadReceiver;
  readonly reading: Reading;
}

/** What clients have kept of their own, over the whole run. */
interface Kept {
  readonly send: Send;
  readonly people: readonly Somebody[];
  readonly limits: readonly Usage[];
  readonly records: RequestRecord[];
}

async function disturb(options: RunOptions, running: Running): Promise<RunResult> {
  const { goOn, seed } = options;
  const chance = chanceOf(seed);
  const kept = await settleIn(running);
  let strikes = 0;
  let kills = 0;
  let result = { violations: [] as readonly Violation[], events: 0 };
  do {
    const round = await underLoad({ ...options, chance, kept }, running, strikes);
    strikes += round.strikes;
    kills += round.kills;
    result = await judged(options, running, kept);
  } while (result.violations.length === 0 && goOn(strikes));
  const count = (outcome: RequestRecord['outcome']): number =>
    kept.records.filter((record) => record.outcome === outcome).length;
  return {
    ...result,
    strikes,
    kills,
    requests: kept.records.length,
    acknowledged: count('acknowledged'),
    unknown: count('unknown'),
  };
}

async function settleIn({ receiver, system }: Running): Promise<Kept> {
  const send = sender(() => system.apiUrl, answerMs);
  if (system.administrator === undefined) throw new Error('the first start made no administrator');
  const admin = administrator(send, system.administrator);
  await definePlan(send, admin);
  const people = [
    await newTenant(send, admin, { receiver: receiver.url }),
    await newTenant(send, admin, { receiver: receiver.url, limit }),
  ];
  const limits = [{ tenant: people[1]?.tenant ?? '', meter, units: limit }];
  return { send, people, limits, records: [] };
}

/** One round: the load goes on from before the first strike until after the last. */
async function underLoad(
  { chance, checkEvery, faults, goOn, kept, tell }: RunOptions & { readonly chance: Chance; readonly kept: Kept },
  { system }: Running,
  before: number,
): Promise<{ readonly strikes: number; readonly kills: number }> {
  const { people, records, send } = kept;
  let over = false;
  const loads = people.map((somebody, index) => {
    const its = { send, somebody, records, clients, secrets: 5, chance: chance.fork(before * 10 + index) };
    return load(its, () => !over);
  });
  let strikes = 0;
  let kills = 0;
  try {
    while (strikes < checkEvery && goOn(before + strikes)) {
      const fault = chance.pick(faults);
      if (fault.overlaps !== true) await system.whole();
      kills += await fault.strike({ system, chance, tell });
      strikes++;
    }
  } finally {
    await system.whole();
    over = true;
    await Promise.all(loads);
  }
  return { strikes, kills };
}

async function judged(
  { tell }: RunOptions,
  { reading, receiver, system }: Running,
  { limits, people, records }: Kept,
): Promise<{ readonly violations: readonly Violation[]; readonly events: number }> {
  const begun = performance.now();
  const seconds = (): string => ((performance.now() - begun) / 1_000).toFixed(1);
  const subscribed = people.map(({ tenant }) => tenant);
  const undelivered = (events: History['final']['events']): string | undefined => {
    const about = new Set(receiver.taken.map((delivery) => delivery.about));
    const left = events.filter(
      ({ revision, stream }) =>
        subscribed.some((tenant) => stream.startsWith(`vault.Secret-${tenant}.`)) &&
        !about.has(`${stream}@${revision}`),
    );
    return left.length === 0 ? undefined : `${left.length} events are not delivered`;
  };
  const busy = await reading.rest(restMs, undelivered);
  tell(busy === undefined ? `came to rest after ${seconds()} s` : `did not come to rest: ${busy}`);
  const final = await reading.final();
  // What is not held any more can be asked for by others, while it is being written.
  const slack = system.flushes * clients * unitsOfWrite;
  const history = { requests: records, deliveries: receiver.taken, final, limits, subscribed, slack, disturbed: true };
  const unrested = busy === undefined ? [] : [{ check: 'comes-to-rest', tenant: '', detail: busy }];
  const violations = [...unrested, ...violationsIn(history)];
  tell(`${final.events.length} events and ${records.length} requests checked after ${seconds()} s`);
  return { violations, events: final.events.length };
}
