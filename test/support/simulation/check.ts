import type { Operation } from './clients.ts';
import { Account, causeOf, Journal, nextLink, notifyAdded, poison } from './domain.ts';
import type { Resolved } from './event-node/node.ts';
import type { Installation } from './installation.ts';
import type { Values } from './postgres/storage.ts';
import { Violation } from './world.ts';

type Event = Resolved['event'] & {
  readonly data: { readonly op?: string; readonly amount: number; readonly cause?: string };
};

/** The state of the stores once everything has come to rest. */
export interface Outcome {
  readonly events: readonly Event[];
  readonly operations: readonly Operation[];
  readonly installation: Installation;
}

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Violation(what);
}

/** @throws {Violation} whatever must hold and does not */
export function checkAll(installation: Installation, operations: readonly Operation[]): void {
  const events = installation.node.all().map(({ event }) => event as Event);
  const outcome = { events, operations, installation };
  checkLog(outcome);
  for (const operation of operations) checkOperation(outcome, operation);
  checkEffects(outcome);
  checkBalances(outcome);
  checkEntries(outcome);
  checkChain(outcome);
}

/** Revisions of each stream follow one another, and positions rise. */
function checkLog({ events }: Outcome): void {
  const revisions = new Map<string, bigint>();
  let position = -1n;
  for (const event of events) {
    const expected = (revisions.get(event.streamId) ?? -1n) + 1n;
    must(event.revision === expected, `${event.streamId} has revision ${event.revision} in place of ${expected}`);
    must(event.position.commit > position, `position ${event.position.commit} does not rise`);
    revisions.set(event.streamId, event.revision);
    position = event.position.commit;
  }
}

/** What was acknowledged is there once and what was refused is not; what nobody knows of is there once or not at all. */
function checkOperation({ events }: Outcome, { body, events: size, id, state }: Operation): void {
  const written = events.filter(({ data, type }) => type === 'sim.Account.Added' && data.op === id);
  const whole = written.length === size || (written.length === 0 && state === 'unknown');
  must(
    state === 'refused' ? written.length === 0 : whole,
    `${id} is ${state}, and has ${written.length} of ${size} events`,
  );
  const [first] = written;
  const last = written.at(-1);
  if (first === undefined || last === undefined) return;
  must(Number(last.revision - first.revision) === size - 1, `${id} was not written in one piece`);
  if (body === undefined) return;
  const stream = events.filter(({ revision, streamId }) => streamId === first.streamId && revision <= last.revision);
  const total = stream.reduce((sum, { data }) => sum + data.amount, 0);
  must(body.total === total && body.entries === stream.length, `${id} was answered ${body.total} in place of ${total}`);
}

/** Every fact had each of its effects: the command once, the message at least once and under one key. */
function checkEffects({ events, installation }: Outcome): void {
  const facts = events.filter(({ type }) => type === `${Account.name}.Added`);
  const recorded = events.filter(({ type }) => type === `${Journal.name}.Recorded`).map(({ data }) => data.cause ?? '');
  const causes = facts.map(({ revision, streamId }) => causeOf({ stream: streamId, revision: Number(revision) }));
  for (const cause of causes) {
    const times = recorded.filter((each) => each === cause).length;
    must(times === 1, `${cause} was recorded ${times} times`);
  }
  must(recorded.length === causes.length, 'something was recorded that never was');
  const { told } = installation.receiver;
  for (const { id } of facts) {
    const heard = told.get(`${id}.${notifyAdded.name}.0`);
    must(heard !== undefined, `the receiver never heard of event ${id}`);
    must(heard.said.size === 1, `the receiver was told two things of event ${id}`);
  }
  must(told.size === facts.length, `the receiver knows ${told.size} effects of ${facts.length} facts`);
}

function tableOf({ installation: { postgres } }: Outcome, name: string): readonly Values[] {
  const table = postgres.catalog.find(name, ['read_models']);
  must(table !== undefined, `there is no table ${name}`);
  return table.committed();
}

function same(name: string, found: readonly string[], expected: readonly string[]): void {
  const missing = expected.filter((row) => !found.includes(row));
  const extra = found.filter((row) => !expected.includes(row));
  const holds = missing.length === 0 && extra.length === 0 && found.length === expected.length;
  must(holds, `${name} is not what the log says: lacks ${missing.join(', ')}; has besides ${extra.join(', ')}`);
}

function checkBalances(outcome: Outcome): void {
  const sums = new Map<string, { total: number; entries: number }>();
  for (const { data, streamId, type } of outcome.events) {
    if (type !== `${Account.name}.Added`) continue;
    const before = sums.get(streamId) ?? { total: 0, entries: 0 };
    sums.set(streamId, { total: before.total + data.amount, entries: before.entries + 1 });
  }
  const expected = [...sums].map(([stream, { entries, total }]) => `${stream}: ${total} in ${entries}`);
  const rows = tableOf(outcome, 'sim_balances');
  const found = rows.map((row) => `${Account.name}-t1.${row['account']}: ${row['total']} in ${row['entries']}`);
  same('sim_balances', found, expected);
}

/** Rows up to the first poison event of each stream, which is parked there. */
function checkEntries(outcome: Outcome): void {
  const parked = new Map<string, bigint>();
  const expected: string[] = [];
  for (const { data, revision, streamId, type } of outcome.events) {
    if (type !== `${Account.name}.Added` && type !== `${Journal.name}.Recorded`) continue;
    const amount = type === `${Account.name}.Added` ? data.amount : 0;
    if (parked.has(streamId)) continue;
    if (amount === poison.thrown || amount === poison.refused) parked.set(streamId, revision);
    else expected.push(`${streamId}@${revision}: ${amount}`);
  }
  const rows = tableOf(outcome, 'sim_entries');
  same(
    'sim_entries',
    rows.map((row) => `${row['stream']}@${row['revision']}: ${row['amount']}`),
    expected,
  );
  const { postgres } = outcome.installation;
  const streams = postgres.catalog.find('parked_streams', ['kernel'])?.committed() ?? [];
  const live = new Set(
    (postgres.catalog.find('projections', ['kernel'])?.committed() ?? [])
      .filter((row) => row['state'] === 'live')
      .map((row) => `${row['name']}#${row['generation']}`),
  );
  const ofLive = streams.filter((row) => live.has(`${row['projection']}#${row['generation']}`));
  same(
    'parked_streams',
    ofLive.map((row) => `${row['projection']} ${row['stream']}@${row['revision']}`),
    [...parked].map(([stream, revision]) => `sim_entries ${stream}@${revision}`),
  );
}

function checkChain(outcome: Outcome): void {
  const own = outcome.events.filter(({ type }) => !type.startsWith('$'));
  const link = own.reduce((before, { position }) => nextLink(before, position.commit), '');
  const rows = tableOf(outcome, 'sim_chain');
  const expected = own.length === 0 ? [] : [`${own.length} ${link}`];
  same(
    'sim_chain',
    rows.map((row) => `${row['length']} ${row['link']}`),
    expected,
  );
}
